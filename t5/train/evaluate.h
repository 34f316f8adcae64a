// How good a model is on given pairs, without changing it.
#pragma once

#include <span>
#include <vector>

#include "t5/model/model.h"

namespace t5 {

// What the model makes of one pair, the true prefix given at every position.
struct PairScore {
  double log_probability = 0;  // of the whole target
  int64_t tokens = 0;          // of the target, those that count
  int64_t correct = 0;         // whose most probable token is the right one

  double loss() const { return tokens == 0 ? 0 : -log_probability / static_cast<double>(tokens); }
};

// One score per pair, `batch_size` pairs at a time.
std::vector<PairScore> score_pairs(const Model& model, std::span<const TokenPair> pairs,
                                   int64_t batch_size);

struct Evaluation {
  double loss = 0;            // mean over tokens
  double token_accuracy = 0;  // share of tokens predicted right, the true prefix given
};
Evaluation evaluate(const Model& model, std::span<const TokenPair> pairs, int64_t batch_size);

}  // namespace t5
