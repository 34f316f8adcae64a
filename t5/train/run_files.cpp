#include "t5/train/run_files.h"

#include <filesystem>

#include "t5/files/atomic_file.h"
#include "t5/model/directory.h"
#include "t5/report/message.h"
#include "t5/train/run_settings.h"
#include "tensor/error.h"

namespace t5 {
namespace {

constexpr const char* kCheckpoint = "checkpoint.safetensors";
constexpr const char *kMetrics = "metrics.jsonl", *kPicture = "loss.svg";

// A log alone is what a run leaves that was killed before its first checkpoint.
bool is_log(const std::string& path) {
  try {
    read_metrics(path);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

RunFiles::RunFiles(const TrainOptions& options, std::string settings)
    : directory_(options.output_dir),
      resume_(options.resume),
      quiet_(options.quiet),
      existing_(options.existing),
      settings_(std::move(settings)) {
  if (!options.tokenizer_dir.empty()) tokenizer_ = read_tokenizer_files(options.tokenizer_dir);
  form_ = options.form ? options.form : std::make_shared<WholeModel>(tokenizer_);
}

bool RunFiles::has_checkpoint() const { return std::filesystem::exists(path(kCheckpoint)); }

// For a new run, in a directory that holds no checkpoint.
void RunFiles::check_room() const {
  form_->check_room(directory_);
  check_absent(directory_, kPicture);
  if (!is_log(path(kMetrics))) check_absent(directory_, kMetrics);
}

void RunFiles::claim() {
  update_.emplace(directory_);
  if (existing_ == Existing::kReplace) return;
  if (!has_checkpoint()) return check_room();
  check(resume_,
        "train: {} holds a checkpoint of an earlier run; add --resume to go on from it or "
        "--overwrite to begin anew, or choose another --output",
        directory_);
  TokenizerFiles kept = read_tokenizer_files(directory_);
  check(tokenizer_.empty() || kept.empty() || kept == tokenizer_,
        "train: the run in {} has another tokenizer than the model it is to go on from",
        directory_);
}

void RunFiles::open(Model& model, Optimizer& optimizer, TrainState& state) {
  if (directory_.empty()) return;
  claim();
  if (!resume_ || !has_checkpoint()) {
    if (resume_ && !quiet_)
      message("t5: note: {} holds no checkpoint to go on from; the run begins", directory_);
    update_->displace({kCheckpoint, kPicture});
    update_->commit();
    metrics_.emplace(MetricsLog::create(path(kMetrics)));
    return;
  }
  std::string before = load_checkpoint(path(kCheckpoint), model, optimizer, state);
  std::string changes = settings_changes(before, settings_);
  if (!changes.empty() && !quiet_)
    message("t5: note: the run so far had other settings, before → now: {}", changes);
  saved_step_ = state.step;
  metrics_.emplace(MetricsLog::resume_at(path(kMetrics), state.step));
}

void RunFiles::append(const MetricsRow& row) {
  if (metrics_) metrics_->append(row);
}

void RunFiles::write_checkpoint(const Model& model, const Optimizer& optimizer,
                                const TrainState& state) {
  if (saved_step_ == state.step) return;
  save_checkpoint(update_->folder() + "/" + kCheckpoint, model, optimizer, state, settings_);
  saved_step_ = state.step;
}

void RunFiles::save(const Model& model, const Optimizer& optimizer, const TrainState& state) {
  if (directory_.empty()) return;
  write_checkpoint(model, optimizer, state);
  update_->write(kPicture, chart_svg(metrics_->curves().chart("Training")));
  update_->commit();
}

void RunFiles::keep_weights(const Model& model, const Optimizer& optimizer,
                            const TrainState& state) {
  if (!directory_.empty()) {
    form_->save(model, *update_);
    write_checkpoint(model, optimizer, state);
    return update_->commit();
  }
  kept_.clear();
  for (const Parameter* p : model.parameters().trainable())
    kept_.push_back(p->var.value().contiguous_copy());
}

void RunFiles::restore_weights(Model& model) const {
  const auto parameters = model.parameters().trainable();
  for (size_t i = 0; i < kept_.size(); ++i) parameters[i]->var.mutable_value().copy_from(kept_[i]);
  if (!directory_.empty()) form_->restore(model, directory_);
}

}  // namespace t5
