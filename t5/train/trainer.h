// The training loop: batches, gradients, optimiser, validation, checkpoints, resume.
#pragma once

#include <optional>
#include <vector>

#include "autograd/profile.h"
#include "t5/model/model.h"
#include "t5/train/state.h"
#include "t5/train/train_options.h"
#include "t5/train/training_set.h"

namespace t5 {

enum class StopReason { kFinished, kEarly, kInterrupted };

struct TrainResult {
  TrainState state;
  StopReason reason = StopReason::kFinished;
  double loss = 0;                 // mean over the steps of the last row of the metrics file
  double seconds = 0;              // of this call
  std::optional<Profile> profile;  // with options.profile, unless there was one step only
};

// Trains `model` in place. With validation pairs, the weights of the best validation loss win: they
// are in the model when this returns, and in output_dir/model.safetensors whenever they improve.
// Without, the last weights do. Writes metrics.jsonl, loss.svg and checkpoint.safetensors beside
// them. The result depends on the options, the data and the thread count, not on where a run was
// interrupted. A loss that is not finite throws, with the step and the remedy; so does a checkpoint
// in output_dir that is not to be resumed, and an option out of its bounds.
TrainResult train(Model& model, const TrainingSet& data, const std::vector<TokenPair>& validation,
                  const TrainOptions& options);

}  // namespace t5
