#include "t5/train/trainer.h"

#include <fmt/format.h>

#include <chrono>

#include "t5/report/progress.h"
#include "t5/train/dataset.h"
#include "t5/train/interrupt.h"
#include "t5/train/run_files.h"
#include "t5/train/run_settings.h"
#include "t5/train/step.h"
#include "tensor/error.h"
#include "tensor/parallel.h"

namespace t5 {
namespace {

// The examples of each batch when it is cut by its tokens; nothing otherwise.
std::vector<std::vector<int64_t>> cut_batches(const TrainingSet& data, const TrainOptions& o) {
  if (o.tokens_per_batch == 0) return {};
  check(data.same_in_every_epoch(),
        "train: batches by tokens need examples that are the same in every epoch");
  std::vector<int64_t> lengths;
  for (int64_t i = 0; i < data.size(); ++i) lengths.push_back(data.example(i, 0).token_count());
  return cut_by_tokens(lengths, o.tokens_per_batch, o.seed);
}

// The order of the batches that are cut, or of the examples, so many a batch.
BatchOrder make_order(const std::vector<std::vector<int64_t>>& cut, const TrainingSet& data,
                      const TrainOptions& o) {
  return cut.empty() ? BatchOrder(data.size(), o.batch_size, o.seed)
                     : BatchOrder(std::ssize(cut), 1, o.seed);
}

TrainOptions with_dropout_of(const Config& config, TrainOptions options) {
  if (options.dropout_rate < 0) options.dropout_rate = config.dropout_rate;
  return options;
}

class Trainer {
 public:
  Trainer(Model& model, const TrainingSet& data, const Validation& validation,
          const TrainOptions& options)
      : model_(model),
        data_(data),
        validation_(validation),
        options_(with_dropout_of(model.config(), options)),
        cut_(cut_batches(data, options)),
        order_(make_order(cut_, data, options)),
        step_(model, options_),
        files_(options_, run_settings(options_, model, data, validation.pairs())) {
    files_.open(model_, step_.optimizer(), state_);
    check(state_.step <= options_.max_steps,
          "train: the run in {} has done {} steps; raise --max-steps (now {}) to go on",
          options_.output_dir, state_.step, options_.max_steps);
  }

  TrainResult run() {
    using Clock = std::chrono::steady_clock;
    auto start = Clock::now();
    Progress progress("train", options_.max_steps, options_.quiet, state_.step);
    StopReason reason = loop(progress);
    progress.finish();
    if (reason != StopReason::kInterrupted) finish();
    TrainResult result{state_,
                       reason,
                       logged_loss_,
                       std::chrono::duration<double>(Clock::now() - start).count(),
                       {}};
    const Profile* profile = step_.profile();
    if (profile != nullptr && profile->steps() > 0) result.profile = *profile;
    return result;
  }

 private:
  // Steps until there is a reason to stop. Whatever a step brings is written before the next.
  StopReason loop(Progress& progress) {
    InterruptGuard interrupt;
    // exercise 14-training/loop — step, report, validate, save, until there is a reason to stop
    auto is_stale = [&] { return state_.is_stale(options_.early_stopping_patience); };
    StopReason reason = is_stale() ? StopReason::kEarly : StopReason::kFinished;
    while (state_.step < options_.max_steps && reason == StopReason::kFinished) {
      StepResult result = step_.take(state_.step, next_batches());
      ++state_.step;
      report(result, progress);
      if (!validation_.empty() && is_due(options_.eval_steps)) validate(progress);
      if (is_stale()) reason = StopReason::kEarly;
      if (interrupt.requested()) reason = StopReason::kInterrupted;
      if (is_due(options_.save_steps) || reason != StopReason::kFinished)
        files_.save(model_, step_.optimizer(), state_);
    }
    return reason;
    // end exercise
  }

  // Every `period` steps, and at the end.
  bool is_due(int64_t period) const {
    return (period > 0 && state_.step % period == 0) || state_.step == options_.max_steps;
  }

  std::vector<int64_t> examples_of(int64_t number) {
    std::vector<int64_t> chosen = order_.batch(number);
    return cut_.empty() ? chosen : cut_[chosen.front()];
  }

  // The pairs of the next step, a function of its number alone.
  std::vector<std::vector<TokenPair>> next_batches() {
    Profiling timing(step_.profile());
    std::vector<std::vector<TokenPair>> batches(options_.gradient_accumulation_steps);
    int64_t number = state_.step * std::ssize(batches);
    for (auto& batch : batches) {
      std::vector<int64_t> chosen = examples_of(number);
      batch.resize(chosen.size());
      parallel_items(std::ssize(chosen), [&](int64_t i, int64_t) {
        batch[i] = data_.example(chosen[i], order_.epoch(number));
      });
      ++number;
    }
    end_lap("batch");
    return batches;
  }

  void report(const StepResult& result, Progress& progress) {
    progress.update(state_.step, result.loss, result.tokens);
    loss_sum_ += result.loss;
    ++loss_count_;
    if (!is_due(options_.logging_steps)) return;
    logged_loss_ = loss_sum_ / static_cast<double>(loss_count_);
    loss_sum_ = 0;
    loss_count_ = 0;
    files_.append({state_.step,
                   {{"loss", logged_loss_},
                    {"learning_rate", result.learning_rate},
                    {"gradient_norm", result.gradient_norm},
                    {"tokens_per_second", progress.tokens_per_second().value_or(0)}}});
  }

  void validate(Progress& progress) {
    ValidationResult result = validation_.measure(model_, options_);
    files_.append({state_.step, result.values});
    bool is_best = state_.record_validation(result.cost);
    if (is_best) files_.keep_weights(model_, step_.optimizer(), state_);
    progress.note(fmt::format("step {}: {}{}", state_.step, result.text,
                              is_best ? "" : fmt::format(" (best: step {})", state_.best_step)));
  }

  // Ends with the best weights in the model and, when there is one, in the output directory.
  void finish() {
    bool have_best = !validation_.empty() && state_.best_step > 0;
    if (have_best)
      files_.restore_weights(model_);
    else
      files_.keep_weights(model_, step_.optimizer(), state_);
  }

  Model& model_;
  const TrainingSet& data_;
  const Validation& validation_;
  TrainOptions options_;
  std::vector<std::vector<int64_t>> cut_;
  BatchOrder order_;
  TrainStep step_;
  RunFiles files_;
  TrainState state_;
  double loss_sum_ = 0, logged_loss_ = 0;
  int64_t loss_count_ = 0;
};

}  // namespace

TrainResult train(Model& model, const TrainingSet& data, const Validation& validation,
                  const TrainOptions& options) {
  check_options(options);
  validation.check_metric(options);
  check(options.early_stopping_patience == 0 || !validation.empty(),
        "train: early_stopping_patience has no effect without validation pairs");
  model.recompute_blocks(options.gradient_checkpointing);
  return Trainer(model, data, validation, options).run();
}

}  // namespace t5
