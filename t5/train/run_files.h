// The files of a training run: metrics.jsonl, loss.svg, checkpoint.safetensors and the model with
// its tokenizer. Without a directory nothing is written, and the best weights wait in memory.
//
// The run holds the directory's lock until it ends. Weights are kept together with the checkpoint
// of their step, so that a directory with a checkpoint is a run's own, and may be written to again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "t5/files/directory_update.h"
#include "t5/model/directory.h"
#include "t5/report/metrics_log.h"
#include "t5/train/checkpoint.h"
#include "t5/train/saved_form.h"
#include "t5/train/train_options.h"

namespace t5 {

class RunFiles {
 public:
  // `settings`: the options that the run's result depends on, as text.
  RunFiles(const TrainOptions& options, std::string settings);

  // Takes the directory: locks it, and throws when what it holds, a checkpoint or another model, is
  // neither to be resumed nor to be overwritten.
  void claim();
  // Claims it, and starts a new run, or restores model, optimiser and state from the checkpoint of
  // one that is to be resumed. One line on stderr, unless quiet, says which settings have changed
  // since.
  void open(Model& model, Optimizer& optimizer, TrainState& state);

  void append(const MetricsRow& row);
  void save(const Model& model, const Optimizer& optimizer, const TrainState& state);

  // The weights to end with, unless better ones come: in the directory, or in memory.
  void keep_weights(const Model& model, const Optimizer& optimizer, const TrainState& state);
  // Puts the weights that were kept last back into the model.
  void restore_weights(Model& model) const;

 private:
  std::string path(const char* name) const { return directory_ + "/" + name; }
  bool has_checkpoint() const;
  void check_room() const;
  void write_checkpoint(const Model& model, const Optimizer& optimizer, const TrainState& state);

  std::string directory_;
  bool resume_, quiet_;
  Existing existing_;
  std::string settings_;
  TokenizerFiles tokenizer_;
  std::shared_ptr<const SavedForm> form_;
  std::optional<DirectoryUpdate> update_;
  int64_t saved_step_ = -1;  // that of the checkpoint in the directory
  std::optional<MetricsLog> metrics_;
  std::vector<Tensor> kept_;  // without a directory: the values of the parameters, in order
};

}  // namespace t5
