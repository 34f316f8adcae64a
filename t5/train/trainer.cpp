#include "t5/train/trainer.h"

#include <unistd.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <optional>

#include "t5/files/atomic_file.h"
#include "t5/model/directory.h"
#include "t5/report/metrics_log.h"
#include "t5/report/progress.h"
#include "t5/train/dataset.h"
#include "t5/train/evaluate.h"
#include "t5/train/gradients.h"
#include "t5/train/interrupt.h"
#include "tensor/error.h"

namespace t5 {
namespace {

// The options that a run's result depends on, as text: two runs with the same text are the same
// run.
std::string settings_text(const TrainOptions& o, size_t pairs) {
  return fmt::format(
      "max_steps={} batch_size={} gradient_accumulation_steps={} optim={} learning_rate={} "
      "lr_scheduler_type={} warmup_steps={} weight_decay={} max_grad_norm={} dropout_rate={} "
      "label_smoothing_factor={} z_loss={} seed={} eval_steps={} examples={}",
      o.max_steps, o.batch_size, o.gradient_accumulation_steps, o.optim, o.learning_rate,
      o.lr_scheduler_type, o.warmup_steps, o.weight_decay, o.max_grad_norm, o.dropout_rate,
      o.label_smoothing_factor, o.z_loss, o.seed, o.eval_steps, pairs);
}

class Trainer {
 public:
  Trainer(Model& model, const std::vector<TokenPair>& pairs,
          const std::vector<TokenPair>& validation, const TrainOptions& options)
      : model_(model),
        pairs_(pairs),
        validation_(validation),
        options_(options),
        order_(static_cast<int64_t>(pairs.size()), options.batch_size, options.seed),
        gradients_(model),
        optimizer_(make_optimizer(options.optim, model.parameters(), options.weight_decay)),
        schedule_{parse_schedule(options.lr_scheduler_type), options.learning_rate,
                  options.warmup_steps, options.max_steps} {
    if (options_.dropout_rate < 0) options_.dropout_rate = model.config().dropout_rate;
    open_output();
  }

  TrainResult run() {
    using Clock = std::chrono::steady_clock;
    auto start = Clock::now();
    InterruptGuard interrupt;
    Progress progress("train", options_.max_steps, options_.quiet, state_.step);
    StopReason reason = stale() ? StopReason::kEarly : StopReason::kFinished;
    while (state_.step < options_.max_steps && reason == StopReason::kFinished) {
      double loss = step();
      progress.update(state_.step, loss, step_tokens_);
      if (due(options_.logging_steps)) log_step(loss, progress);
      if (!validation_.empty() && due(options_.eval_steps)) {
        validate(progress);
        if (stale()) reason = StopReason::kEarly;
      }
      if (interrupt.requested()) reason = StopReason::kInterrupted;
      if (due(options_.save_steps) || reason != StopReason::kFinished) save();
    }
    progress.finish();
    if (reason != StopReason::kInterrupted) finish();
    double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return {state_, reason, last_loss_, seconds};
  }

 private:
  std::string path(const char* name) const { return options_.output_dir + "/" + name; }
  bool writes() const { return !options_.output_dir.empty(); }

  // Every `period` steps, and at the end.
  bool due(int64_t period) const {
    return (period > 0 && state_.step % period == 0) || state_.step == options_.max_steps;
  }

  bool stale() const {
    return options_.early_stopping_patience > 0 &&
           state_.stale_evaluations >= options_.early_stopping_patience;
  }

  void open_output() {
    if (!writes()) return;
    make_directories(options_.output_dir);
    bool exists = std::filesystem::exists(path("checkpoint.safetensors"));
    check(
        options_.resume || !exists,
        "train: {} holds a checkpoint of an earlier run; add --resume to go on from it, or choose "
        "another --output",
        options_.output_dir);
    if (!exists) {
      metrics_.emplace(MetricsLog::create(path("metrics.jsonl")));
      return;
    }
    std::string settings =
        load_checkpoint(path("checkpoint.safetensors"), model_, *optimizer_, state_);
    std::string mine = settings_text(options_, pairs_.size());
    if (settings != mine && !options_.quiet)
      fmt::print(stderr,
                 "t5: note: the run so far had other settings\n  before: {}\n  now:    {}\n",
                 settings, mine);
    metrics_.emplace(MetricsLog::resume_at(path("metrics.jsonl"), state_.step));
  }

  // One optimiser step over gradient_accumulation_steps batches; returns the mean loss per token.
  double step() {
    std::vector<std::vector<Batch>> batches;
    int64_t labels = 0;
    step_tokens_ = 0;
    for (int64_t i = 0; i < options_.gradient_accumulation_steps; ++i) {
      std::vector<TokenPair> chosen;
      for (int64_t k : order_.batch(state_.step * options_.gradient_accumulation_steps + i))
        chosen.push_back(pairs_[k]);
      batches.push_back(gradients_.split(std::move(chosen)));
      for (const Batch& share : batches.back()) {
        labels += share.label_count();
        step_tokens_ += share.token_count();
      }
    }
    Random random = Random(options_.seed).fork(~static_cast<uint64_t>(state_.step));
    Dropout dropout{static_cast<real>(options_.dropout_rate), &random};
    CrossEntropyOptions objective{static_cast<real>(options_.label_smoothing_factor),
                                  static_cast<real>(options_.z_loss), labels};
    double total = 0;
    for (const auto& shares : batches) total += gradients_.backward(shares, dropout, objective);
    apply_gradients(total);
    return total;
  }

  void apply_gradients(double loss) {
    double norm = model_.parameters().gradient_norm();
    if (!std::isfinite(loss) || !std::isfinite(norm))
      fail(
          "train: at step {} the loss is {} and the gradient's norm {}; lower --learning-rate (now "
          "{}){}",
          state_.step + 1, loss, norm, options_.learning_rate,
          writes() ? "; the last checkpoint is whole, --resume goes on from it" : "");
    double limit = options_.max_grad_norm;
    double scale = limit > 0 && norm > limit ? limit / norm : 1;
    optimizer_->step(schedule_.rate(state_.step), scale);
    model_.parameters().zero_grad();
    ++state_.step;
    loss_sum_ += loss;
    ++loss_count_;
  }

  void log_step(double loss, Progress& progress) {
    last_loss_ = loss_count_ > 0 ? loss_sum_ / static_cast<double>(loss_count_) : loss;
    loss_sum_ = 0;
    loss_count_ = 0;
    if (metrics_)
      metrics_->append({state_.step,
                        {{"loss", last_loss_},
                         {"learning_rate", schedule_.rate(state_.step - 1)},
                         {"tokens_per_second", progress.tokens_per_second().value_or(0)}}});
  }

  void validate(Progress& progress) {
    Evaluation result = evaluate(model_, validation_, options_.batch_size);
    if (metrics_)
      metrics_->append({state_.step,
                        {{"validation_loss", result.loss},
                         {"validation_token_accuracy", result.token_accuracy}}});
    bool better = result.loss < state_.best_loss;
    if (better) {
      state_.best_loss = result.loss;
      state_.best_step = state_.step;
      state_.stale_evaluations = 0;
      keep_best();
    } else {
      ++state_.stale_evaluations;
    }
    progress.note(fmt::format("step {}: validation loss {:.4f}, token accuracy {:.2f} %{}",
                              state_.step, result.loss, 100 * result.token_accuracy,
                              better ? "" : fmt::format(" (best: {:.4f})", state_.best_loss)));
  }

  // The best weights so far: in the output directory, or in memory when there is none.
  void keep_best() {
    if (writes()) return save_model(model_, options_.output_dir);
    best_.clear();
    for (const Parameter& p : model_.parameters().all())
      best_.push_back(p.var.value().contiguous_copy());
  }

  void save() {
    if (!writes()) return;
    save_checkpoint(path("checkpoint.safetensors"), model_, *optimizer_, state_,
                    settings_text(options_, pairs_.size()));
    write_file(path("loss.svg"),
               chart_svg(loss_chart(read_metrics(path("metrics.jsonl")), "Training")));
  }

  // Ends with the best weights in the model and, when there is one, in the output directory.
  void finish() {
    bool have_best = !validation_.empty() && state_.best_step > 0;
    if (!have_best) {
      if (writes()) save_model(model_, options_.output_dir);
      return;
    }
    if (!writes()) {
      for (size_t i = 0; i < best_.size(); ++i)
        model_.parameters().all()[i].var.mutable_value() = best_[i];
      return;
    }
    auto best = load_model(options_.output_dir);
    for (const Parameter& p : model_.parameters().all())
      p.var.mutable_value().copy_from(best->parameters().find(p.name)->value());
  }

  Model& model_;
  const std::vector<TokenPair>& pairs_;
  const std::vector<TokenPair>& validation_;
  TrainOptions options_;
  BatchOrder order_;
  BatchGradients gradients_;
  std::unique_ptr<Optimizer> optimizer_;
  Schedule schedule_;
  TrainState state_;
  std::optional<MetricsLog> metrics_;
  std::vector<Tensor> best_;  // when nothing is written
  double loss_sum_ = 0, last_loss_ = 0;
  int64_t loss_count_ = 0, step_tokens_ = 0;
};

}  // namespace

TrainResult train(Model& model, const std::vector<TokenPair>& pairs,
                  const std::vector<TokenPair>& validation, const TrainOptions& options) {
  return Trainer(model, pairs, validation, options).run();
}

}  // namespace t5
