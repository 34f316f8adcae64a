// Rules on the next token: each looks at the tokens so far and changes the scores of all
// candidates.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "t5/generation/generation_options.h"

namespace t5 {

// `tokens`: the decoder's start token, the prefix and what was generated. `scores`: one number per
// vocabulary entry, logits in greedy search and sampling, log-probabilities in beam search; minus
// infinity forbids a token.
using LogitsProcessor = std::function<void(std::span<const Id> tokens, std::span<real> scores)>;

// What the rules need to know beside the options.
struct GenerationContext {
  std::span<const Id> input;          // the encoder's tokens
  Ids eos;                            // the ids that end an output
  int64_t prompt_length, max_length;  // in tokens, the start token counted
  bool scored = true;                 // whether greedy search has to say how likely its output was
};

// The rules that `options` ask for, in transformers' order, the filters of sampling last.
std::vector<LogitsProcessor> make_processors(const GenerationOptions& options,
                                             const GenerationContext& context);

}  // namespace t5
