// A model, data and options that are small enough to train in a test.
#pragma once

#include <memory>
#include <vector>

#include "t5/model/model.h"
#include "t5/train/trainer.h"

namespace t5::testing {

inline Config small_config() {
  Config config = preset_config("tiny");
  config.vocab_size = 40;
  config.d_model = 32;
  config.d_ff = 48;
  config.dropout_rate = 0;
  return config;
}

inline std::unique_ptr<Model> small_model() { return make_model(small_config(), 3); }

// Inputs of one to eight tokens; the target is the input backwards, so that there is something to
// learn, and pairs differ in their number of labels.
inline std::vector<TokenPair> reversals(int64_t count, uint64_t seed) {
  Random random(seed);
  std::vector<TokenPair> pairs(count);
  for (TokenPair& pair : pairs) {
    for (int64_t n = 1 + random.below(8); n > 0; --n)
      pair.input.push_back(static_cast<Id>(2 + random.below(38)));
    pair.target = {pair.input.rbegin(), pair.input.rend()};
    pair.input.push_back(1);
    pair.target.push_back(1);
  }
  return pairs;
}

// SGD without momentum's past: the first step is -rate * scale * gradient.
inline TrainOptions plain_sgd() {
  TrainOptions options;
  options.optim = "sgd";
  options.learning_rate = 0.1;
  options.max_grad_norm = 0;
  return options;
}

inline std::vector<real> weights(const Model& model) {
  std::vector<real> all;
  for (const Parameter& p : model.parameters().all()) {
    auto values = p.var.value().to_vector();
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

}  // namespace t5::testing
