// Writing the target, one token at a time.
//
// Threads: several may generate from one model at once, while nobody changes it. Each gets what it
// would get alone.
#pragma once

#include <functional>
#include <optional>

#include "t5/generation/drafts.h"
#include "t5/generation/scorers.h"
#include "t5/generation/search.h"
#include "t5/model/model.h"

namespace t5 {

// Called with each token as it is chosen, but for the last of an output; not by beam search.
using TokenCallback = std::function<void(int64_t input, Id token)>;

// Without any maximal length in the options outputs have at most so many tokens.
constexpr int64_t kDefaultNewTokens = 128;

// Predicts with one model, and keeps from call to call what is worth keeping: the screen of a large
// head, and the draft model of a large decoder. The model must outlive it and not be trained
// meanwhile. One thread at a time; several may share a model, each with a generator of its own.
class Generator {
 public:
  explicit Generator(const Model& model) : model_(model), drafts_pay_(DraftModel::pays(model)) {}

  // num_return_sequences outputs for each input, without the start token, up to and with eos. Equal
  // to decoding each input alone; rows that have ended cost nothing. Draws are a function of the
  // seed, the number of the input (options.first_input and its place here), of its output and of
  // the step. Throws on options that contradict each other.
  std::vector<Generated> generate_scored(const std::vector<Ids>& inputs,
                                         const GenerationOptions& options,
                                         const TokenCallback& on_token = {});
  // The same without scores, which a greedy search can then do without, too: see HeadScreen.
  std::vector<Ids> generate(const std::vector<Ids>& inputs, const GenerationOptions& options = {},
                            const TokenCallback& on_token = {});

 private:
  std::vector<Generated> generate_all(const std::vector<Ids>& inputs,
                                      const GenerationOptions& options, bool scored,
                                      const TokenCallback& on_token);
  Scorer scorer(const GenerationOptions& options, bool scored);
  Scorer checked_once(Scorer scorer) const;
  const DraftModel* draft_model();

  const Model& model_;
  std::optional<HeadScreen> screen_;
  std::optional<DraftModel> draft_model_;
  bool drafts_pay_;
  int64_t steps_ = 0, draft_steps_ = 0;  // that a screen, a draft model would have served
};

// By a generator for this call alone.
std::vector<Generated> generate_scored(const Model& model, const std::vector<Ids>& inputs,
                                       const GenerationOptions& options,
                                       const TokenCallback& on_token = {});
std::vector<Ids> generate(const Model& model, const std::vector<Ids>& inputs,
                          const GenerationOptions& options = {},
                          const TokenCallback& on_token = {});

}  // namespace t5
