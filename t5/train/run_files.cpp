#include "t5/train/run_files.h"

#include <filesystem>

#include "t5/files/atomic_file.h"
#include "t5/model/directory.h"
#include "t5/report/message.h"
#include "t5/train/run_settings.h"
#include "tensor/error.h"

namespace t5 {

RunFiles::RunFiles(const TrainOptions& options, std::string settings)
    : directory_(options.output_dir),
      resume_(options.resume),
      quiet_(options.quiet),
      settings_(std::move(settings)) {}

void RunFiles::open(Model& model, Optimizer& optimizer, TrainState& state) {
  if (directory_.empty()) return;
  make_directories(directory_);
  remove_leftovers(directory_);
  std::string checkpoint = path("checkpoint.safetensors");
  bool exists = std::filesystem::exists(checkpoint);
  check(resume_ || !exists,
        "train: {} holds a checkpoint of an earlier run; add --resume to go on from it, or choose "
        "another --output",
        directory_);
  if (!exists) {
    if (resume_ && !quiet_)
      message("t5: note: {} holds no checkpoint to go on from; the run begins", directory_);
    metrics_.emplace(MetricsLog::create(path("metrics.jsonl")));
    return;
  }
  std::string before = load_checkpoint(checkpoint, model, optimizer, state);
  std::string changes = settings_changes(before, settings_);
  if (!changes.empty() && !quiet_)
    message("t5: note: the run so far had other settings, before → now: {}", changes);
  metrics_.emplace(MetricsLog::resume_at(path("metrics.jsonl"), state.step));
}

void RunFiles::append(const MetricsRow& row) {
  if (metrics_) metrics_->append(row);
}

void RunFiles::save(const Model& model, const Optimizer& optimizer, const TrainState& state) const {
  if (directory_.empty()) return;
  save_checkpoint(path("checkpoint.safetensors"), model, optimizer, state, settings_);
  write_file(path("loss.svg"), chart_svg(metrics_->curves().chart("Training")));
}

void RunFiles::keep_weights(const Model& model) {
  if (!directory_.empty()) return save_model(model, directory_);
  kept_.clear();
  for (const Parameter* p : model.parameters().trainable())
    kept_.push_back(p->var.value().contiguous_copy());
}

void RunFiles::restore_weights(Model& model) const {
  const auto parameters = model.parameters().trainable();
  for (size_t i = 0; i < kept_.size(); ++i) parameters[i]->var.mutable_value().copy_from(kept_[i]);
  if (directory_.empty()) return;
  auto best = load_model(directory_);
  for (Parameter* p : parameters)
    p->var.mutable_value().copy_from(best->parameters().find(p->name)->value());
}

}  // namespace t5
