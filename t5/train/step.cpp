#include "t5/train/step.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "t5/files/tensor_entry.h"
#include "tensor/error.h"

namespace t5 {
namespace {

// The batches cut into pieces whose pairs have one weight. The weights are scaled so that their
// mean over all labels is 1: the sum of all losses by the number of labels is then the weighted
// mean. Where all weights are 1 the batches stay as they are.
std::vector<std::vector<TokenPair>> by_weight(std::vector<std::vector<TokenPair>> batches) {
  double weights = 0, labels = 0;
  bool weighted = false;
  for (const auto& batch : batches)
    for (const TokenPair& pair : batch) {
      auto ignored = std::count(pair.target.begin(), pair.target.end(), kIgnoredLabel);
      auto count = static_cast<double>(std::ssize(pair.target) - ignored);
      weighted = weighted || pair.weight != 1;
      weights += pair.weight * count;
      labels += count;
    }
  if (!weighted) return batches;
  std::vector<std::vector<TokenPair>> pieces;
  for (auto& batch : batches) {
    std::map<double, std::vector<TokenPair>> alike;
    for (TokenPair& pair : batch) {
      pair.weight *= labels / weights;
      alike[pair.weight].push_back(std::move(pair));
    }
    for (auto& [weight, pairs] : alike) pieces.push_back(std::move(pairs));
  }
  return pieces;
}

}  // namespace

TrainStep::TrainStep(Model& model, const TrainOptions& options)
    : model_(model),
      options_(options),
      dropout_rate_(options.dropout_rate < 0 ? model.config().dropout_rate : options.dropout_rate),
      gradients_(model),
      optimizer_(make_optimizer(options.optim, model.parameters(), options.weight_decay)),
      schedule_{parse_schedule(options.lr_scheduler_type), options.learning_rate,
                options.warmup_steps, options.max_steps} {
  if (options.profile) profile_.emplace();
}

StepResult TrainStep::take(int64_t step, std::vector<std::vector<TokenPair>> batches) {
  Profiling timing(profile());
  StepResult result = accumulate(step, std::move(batches));
  update(step, result);
  end_step_of_profile();
  return result;
}

void TrainStep::end_step_of_profile() {
  if (profile() != nullptr) {
    // An update reads every gradient for their norm and once more; the parameters and the
    // optimiser's state are read and written.
    int64_t moved = 0;
    for (const Parameter* p : model_.parameters().trainable()) moved += 4 * p->var.value().size();
    for (const auto& [name, tensor] : optimizer_->state()) moved += 2 * tensor.size();
    end_lap(options_.optim, static_cast<double>(moved) * static_cast<double>(sizeof(real)));
    profile()->end_step();
  }
  is_warm_ = true;
}

// Leaves the gradient of the mean loss over all labels in the parameters.
StepResult TrainStep::accumulate(int64_t step, std::vector<std::vector<TokenPair>> batches) {
  // Drawn from the step, not from a generator that has come this far: a resumed run drops the same.
  Random random = Random(options_.seed).fork(~static_cast<uint64_t>(step));
  Dropout dropout{static_cast<real>(dropout_rate_), &random};
  CrossEntropyOptions objective{static_cast<real>(options_.label_smoothing_factor),
                                static_cast<real>(options_.z_loss)};
  batches = by_weight(std::move(batches));
  // exercise 14-training/accumulate — several batches count as one
  StepResult result;
  std::vector<std::vector<Batch>> shares;  // of each batch, one for every thread
  int64_t labels = 0;
  for (auto& batch : batches) shares.push_back(gradients_.split(std::move(batch)));
  for (const auto& batch : shares)
    for (const Batch& share : batch) {
      labels += share.label_count();
      result.tokens += share.token_count();
    }
  objective.normalizer = labels;  // of all batches: each label weighs the same
  for (const auto& batch : shares) result.loss += gradients_.backward(batch, dropout, objective);
  return result;
  // end exercise
}

void TrainStep::check_finite(int64_t step, const StepResult& result) {
  if (std::isfinite(result.loss) && std::isfinite(result.gradient_norm)) return;
  model_.parameters().zero_grad();
  for (const Parameter& p : model_.parameters().all())
    if (p.var.quantized() == nullptr) t5::check_finite(entry_of(p.name, p.var.value()), "train");
  bool saved =
      !options_.output_dir.empty() && options_.save_steps > 0 && step >= options_.save_steps;
  fail(
      "train: at step {} the loss is {} and the gradient's norm {}; lower --learning-rate (now "
      "{}){}",
      step + 1, result.loss, result.gradient_norm, options_.learning_rate,
      saved ? "; the last checkpoint is whole, --resume goes on from it" : "");
}

void TrainStep::update(int64_t step, StepResult& result) {
  // exercise 14-training/update — clip, then step at the scheduled rate
  result.gradient_norm = model_.parameters().gradient_norm();
  result.learning_rate = schedule_.rate(step);
  check_finite(step, result);
  double limit = options_.max_grad_norm;
  bool clips = limit > 0 && result.gradient_norm > limit;
  optimizer_->step(result.learning_rate, clips ? limit / result.gradient_norm : 1);
  model_.parameters().zero_grad();
  // end exercise
}

}  // namespace t5
