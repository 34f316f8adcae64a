// Writing the target, one token at a time.
//
// Threads: several may generate from one model at once, while nobody changes it. Each gets what it
// would get alone.
#pragma once

#include <functional>

#include "t5/generation/search.h"
#include "t5/model/model.h"

namespace t5 {

// Called with each token as it is chosen, but for the last of an output; not by beam search.
using TokenCallback = std::function<void(int64_t input, Id token)>;

// num_return_sequences outputs for each input, without the start token, up to and with eos. Equal
// to decoding each input alone; rows that have ended cost nothing. Without any maximal length in
// the options it is kDefaultNewTokens. Throws on options that contradict each other.
std::vector<Generated> generate_scored(const Model& model, const std::vector<Ids>& inputs,
                                       const GenerationOptions& options,
                                       const TokenCallback& on_token = {});
constexpr int64_t kDefaultNewTokens = 128;

// The same without scores, which a greedy search can then do without, too: see HeadScreen.
std::vector<Ids> generate(const Model& model, const std::vector<Ids>& inputs,
                          const GenerationOptions& options = {},
                          const TokenCallback& on_token = {});

}  // namespace t5
