// One step of training: gradients of one or more batches, clipped, and the optimiser's update.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "autograd/profile.h"
#include "nn/optimizers/optimizer.h"
#include "nn/schedule.h"
#include "t5/train/gradients.h"
#include "t5/train/train_options.h"

namespace t5 {

struct StepResult {
  double loss = 0;           // (weighted) mean over the labels of all batches, before the update
  double gradient_norm = 0;  // of all parameters together, before clipping
  double learning_rate = 0;
  int64_t tokens = 0;  // read and written
};

class TrainStep {
 public:
  // Changes the parameters of `model` in place.
  TrainStep(Model& model, const TrainOptions& options);

  // Step number `step`, counted from 0, over the pairs of gradient_accumulation_steps batches: the
  // update is that of one batch of all the pairs. A loss or gradient that is not finite throws,
  // with the step and the remedy, and leaves the parameters as they were, without gradients.
  StepResult take(int64_t step, std::vector<std::vector<TokenPair>> batches);

  Optimizer& optimizer() { return *optimizer_; }
  // Where the time of the steps goes; null unless options.profile, and during the first step, which
  // fetches its memory from the system.
  Profile* profile() { return profile_ && is_warm_ ? &*profile_ : nullptr; }

 private:
  StepResult accumulate(int64_t step, std::vector<std::vector<TokenPair>> batches);
  void check_finite(int64_t step, const StepResult& result);
  void update(int64_t step, StepResult& result);
  void end_step_of_profile();

  Model& model_;
  TrainOptions options_;
  double dropout_rate_;
  BatchGradients gradients_;
  std::unique_ptr<Optimizer> optimizer_;
  Schedule schedule_;
  std::optional<Profile> profile_;
  bool is_warm_ = false;  // a step has been taken
};

}  // namespace t5
