// The forward and the backward pass of a model, part by part: processor time and memory.
#pragma once

#include <cmath>
#include <ctime>

#include "autograd/fused/fused.h"
#include "autograd/ops/arithmetic.h"
#include "t5/model/model.h"

namespace t5::lesson {

// Seconds on one thread, and the most that tensors took beside the weights and what was there.
struct StepProfile {
  double stacks = 0, head = 0, backward = 0, megabytes = 0;
  double seconds() const { return stacks + head + backward; }
};

// The loss of the batch from logits as a whole, or from chunks of them; and its gradients.
inline StepProfile profile_step(Model& model, const Batch& batch, bool in_chunks) {
  model.parameters().zero_grad();
  int64_t before = memory_statistics().live_bytes;
  reset_peak_memory();
  std::clock_t last = std::clock();
  auto lap = [&last] {
    std::clock_t now = std::clock();
    return static_cast<double>(now - std::exchange(last, now)) / CLOCKS_PER_SEC;
  };
  StepProfile profile;
  Var memory = model.encode(batch.inputs, batch.sources);
  Var states = model.decode(batch.decoder_inputs, batch.targets, memory, batch.sources);
  memory = Var();  // the tape holds it
  profile.stacks = lap();
  const Var& table = *model.parameters().find("shared.weight");
  states = states * static_cast<real>(1 / std::sqrt(static_cast<double>(table.dim(1))));
  Var loss = in_chunks ? linear_cross_entropy(states, table, batch.labels)
                       : cross_entropy(linear(states, table), batch.labels);
  states = Var();
  profile.head = lap();
  loss.backward();
  profile.backward = lap();
  profile.megabytes = static_cast<double>(memory_statistics().peak_bytes - before) / 1e6;
  return profile;
}

// Pairs of random tokens, for a batch in which all sequences have one length.
inline Batch random_batch(const Config& config, int64_t count, int64_t source, int64_t target) {
  Random random(2);
  auto ids = [&](int64_t length) {
    Ids result(length);
    for (Id& id : result) id = static_cast<Id>(random.below(config.vocab_size));
    return result;
  };
  std::vector<TokenPair> pairs(count);
  for (TokenPair& pair : pairs) pair = {ids(source), ids(target)};
  return make_batch(pairs, config);
}

}  // namespace t5::lesson
