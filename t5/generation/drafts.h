// Guesses of what comes next, which one pass of the decoder checks.
//
// A pass reads every weight once, whether it goes over one token or over a few, and reading is what
// it costs. So what an output may go on with is guessed, and the pass goes over the guesses too: as
// long as the search chooses what was guessed, the scores after it are there already (Leviathan et
// al. 2023, "Fast inference from transformers via speculative decoding"). The search chooses as it
// would without, a draw included, from scores with the same bits: the output is the same.
//
// There are two to guess. What follows the last tokens where they stood before, in the input or in
// the output, costs nothing, and holds where an answer copies (transformers' prompt lookup). A copy
// of the decoder in int8 reads a quarter of the bytes.
//
// Threads: a DraftModel may be used by several, the others belong to one.
#pragma once

#include <functional>
#include <memory>

#include "t5/generation/generation_options.h"
#include "t5/model/model.h"

namespace t5 {

// What followed the last `longest` tokens of `written`, or the last fewer but two, where they stood
// last, in `input` and then `written`: up to `most` tokens; none where they are new.
Ids copied_draft(std::span<const Id> input, std::span<const Id> written, int64_t most,
                 int64_t longest = 3);

// How many tokens to guess. With p the share of the guesses that held, and a pass over one token
// taking the time 1, k guesses give (1 + p + … + p^k) tokens in the time 1 + k (guess + check): the
// best k is asked for, none where nothing is gained.
class DraftLength {
 public:
  // The times of a guess, and of another token in a pass.
  DraftLength(double guess, double check) : cost_(guess + check) {}

  int64_t next(int64_t most) const;
  void count(int64_t guessed, int64_t held);

 private:
  double cost_;
  double held_ = 4, failed_ = 1;  // before anything is known: four of five
};

class DraftModel {
 public:
  // Whether reading the decoder's weights is what a token costs.
  static bool pays(const Model& model);
  explicit DraftModel(const Model& model);

  // A state in which no row has any token yet, for the inputs of `state`.
  DecoderState start(const DecoderState& state) const;
  // `count` guesses for the only row, which has not read `unread` yet.
  Ids guess(const Ids& unread, int64_t count, DecoderState& state) const;

 private:
  std::unique_ptr<Model> model_;
};

// The guesses for one output.
class Drafts {
 public:
  // The draft model; null as long as it is not worth making.
  using MakeModel = std::function<const DraftModel*()>;

  // `input`: what is answered, `prompt`: how the output begins. Both must outlive this.
  Drafts(const Model& model, const GenerationOptions& options, const Ids& input, const Ids& prompt,
         MakeModel make_model);

  // What may follow what is written, for a model in this state, which has not read the last token.
  Ids guess(const DecoderState& state);
  // So many of the last guesses held, and then `chosen` was chosen.
  void count(int64_t held, Id chosen);

 private:
  Ids copied();
  Ids modelled(const DecoderState& state);

  const Ids& input_;
  Ids written_;
  int64_t most_copied_, most_modelled_;  // at a time
  DraftLength copies_, models_;
  DraftLength* last_ = nullptr;  // whose guesses draft_ are
  Ids draft_;
  MakeModel make_model_;
  DecoderState state_;  // of the draft model
};

}  // namespace t5
