// The state of a training run in one file, written beside and renamed into place: whatever happens,
// the last checkpoint is whole.
#pragma once

#include <limits>
#include <string>

#include "nn/optimizers/optimizer.h"
#include "t5/model/model.h"

namespace t5 {

// What a run knows beside its tensors. Everything random is derived from the seed and the step.
struct TrainState {
  int64_t step = 0;                                            // steps done
  double best_loss = std::numeric_limits<double>::infinity();  // on the validation pairs
  int64_t best_step = 0;
  int64_t stale_evaluations = 0;  // since the best
};

// Parameters, optimiser state and `state`; `settings` is what the run was told, for describing it.
void save_checkpoint(const std::string& path, const Model& model, const Optimizer& optimizer,
                     const TrainState& state, const std::string& settings);

// Restores all three and returns the saved settings. A checkpoint of another model or optimiser
// throws.
std::string load_checkpoint(const std::string& path, const Model& model, Optimizer& optimizer,
                            TrainState& state);

}  // namespace t5
