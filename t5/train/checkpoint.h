// The state of a training run in one file, written beside and renamed into place: whatever happens,
// the last checkpoint is whole.
#pragma once

#include <string>

#include "nn/optimizers/optimizer.h"
#include "t5/model/model.h"
#include "t5/train/state.h"

namespace t5 {

// Trainable parameters, optimiser state and `state`; `settings` is what the run was told, for
// describing it.
void save_checkpoint(const std::string& path, const Model& model, const Optimizer& optimizer,
                     const TrainState& state, const std::string& settings);

// Restores all three and returns the saved settings. A checkpoint of another model or optimiser
// throws.
std::string load_checkpoint(const std::string& path, Model& model, Optimizer& optimizer,
                            TrainState& state);

}  // namespace t5
