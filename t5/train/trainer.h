// The training loop: batches, gradients, optimiser, validation, checkpoints, resume.
#pragma once

#include <optional>
#include <vector>

#include "autograd/profile.h"
#include "t5/model/model.h"
#include "t5/train/state.h"
#include "t5/train/train_options.h"
#include "t5/train/training_set.h"
#include "t5/train/validation.h"

namespace t5 {

enum class StopReason { kFinished, kEarly, kInterrupted };

struct TrainResult {
  TrainState state;
  StopReason reason = StopReason::kFinished;
  double loss = 0;                 // mean over the steps of the last row of the metrics file
  double seconds = 0;              // of this call
  std::optional<Profile> profile;  // with options.profile, unless there was one step only
};

// Trains `model` in place. With a validation, the weights win whose loss on it is best, or the
// metric that options.metric_for_best_model names: they
// are in the model when this returns, and in output_dir/model.safetensors whenever they improve.
// Without, the last weights do. Writes metrics.jsonl, loss.svg and checkpoint.safetensors beside
// them. The result depends on the options, the data and the thread count, not on where a run was
// interrupted. A loss that is not finite throws, with the step and the remedy; so does a checkpoint
// in output_dir that is not to be resumed, and an option out of its bounds.
TrainResult train(Model& model, const TrainingSet& data, const Validation& validation,
                  const TrainOptions& options);

}  // namespace t5
