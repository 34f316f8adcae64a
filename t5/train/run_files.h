// The files of a training run: metrics.jsonl, loss.svg, checkpoint.safetensors and the model.
// Without a directory nothing is written, and the best weights wait in memory.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "t5/report/metrics_log.h"
#include "t5/train/checkpoint.h"
#include "t5/train/train_options.h"

namespace t5 {

class RunFiles {
 public:
  // `settings`: the options that the run's result depends on, as text.
  RunFiles(const TrainOptions& options, std::string settings);

  // Starts a new run, or restores model, optimiser and state from the checkpoint of one that is to
  // be resumed. A checkpoint that is not to be resumed throws: it is never overwritten. One line on
  // stderr, unless quiet, says which settings have changed since.
  void open(Model& model, Optimizer& optimizer, TrainState& state);

  void append(const MetricsRow& row);
  void save(const Model& model, const Optimizer& optimizer, const TrainState& state) const;

  // The weights to end with, unless better ones come: in the directory, or in memory.
  void keep_weights(const Model& model);
  // Puts the weights that were kept last back into the model.
  void restore_weights(Model& model) const;

 private:
  std::string path(const char* name) const { return directory_ + "/" + name; }

  std::string directory_;
  bool resume_, quiet_;
  std::string settings_;
  std::optional<MetricsLog> metrics_;
  std::vector<Tensor> kept_;  // without a directory: the values of the parameters, in order
};

}  // namespace t5
