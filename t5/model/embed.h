// Text as vectors: the encoder's states of each input.
#pragma once

#include "t5/model/model.h"

namespace t5 {

enum class Pooling { kMean, kNone };

// For each input a (1, M) matrix, the mean over its tokens (eos included), or with kNone (S, M),
// one row per token. Equal to encoding each input alone, but for the rounding of sums.
std::vector<Tensor> embed(const Model& model, const std::vector<Ids>& inputs, Pooling pooling);

}  // namespace t5
