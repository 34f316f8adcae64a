// How well a model guesses what was hidden, and only that.
#pragma once

#include <span>

#include "t5/train/span_corruption.h"

namespace t5::tutorial {

// Over the hidden tokens themselves. A target's sentinels and eos do not count: that sentinel 1
// comes after sentinel 0 is soon known, and says nothing of the text.
struct Holes {
  double loss = 0;
  double share = 0;  // guessed right, those before them in the target being given
};
Holes guess_holes(const Model& model, std::span<const TokenPair> pairs, const Markers& markers);

// The same targets, each with the input of the next pair: what a model knows without its source.
std::vector<TokenPair> with_wrong_inputs(std::vector<TokenPair> pairs);

// What the model writes for <extra_id_0>. A sentinel at the end stands for the text that would go
// on: every input that it was trained on had one.
std::string filled(const Model& model, const Tokenizer& tokenizer, const std::string& text);

}  // namespace t5::tutorial
