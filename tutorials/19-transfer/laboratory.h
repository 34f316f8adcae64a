// What the demo trains: a village's text and tasks, a fresh and a pretrained model on disk, and one
// way to adapt either.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "t5/model/text_model.h"
#include "t5/tasks/mixture.h"
#include "t5/train/trainer.h"
#include "t5/transfer/adapter_config.h"

namespace t5::tutorial {

struct Laboratory {
  std::string folder;  // holds village/, fresh/ and pretrained/

  Task task(const std::string& name) const;
  std::string base(const std::string& name) const { return folder + "/" + name; }
};

// Writes a village, trains a vocabulary, draws fresh weights, and pretrains a copy of them on the
// village's text for so many steps.
Laboratory make_laboratory(const std::string& folder, int64_t pretraining_steps);

// The model of a directory, all of it to be trained, or an adapter of that config alone.
TextModel load_base(const std::string& directory, const std::optional<AdapterConfig>& adapter = {});

// Optimiser, rate and schedule of all runs here.
TrainOptions recipe(int64_t steps, double rate, const std::string& optimizer = "adafactor");

struct Adapted {
  double score;         // exact match on 200 new examples, in per cent
  double step_seconds;  // of one step
};

// Trains on the first `count` examples of the task.
Adapted adapt(TextModel& model, const Task& task, int64_t count, const TrainOptions& options);

// Exact match in per cent on the first `count` examples of the task's test.
double score_of(const TextModel& model, const Task& task, int64_t count);

// Writes the model, with the laboratory's vocabulary, to a directory.
void save(const Laboratory& lab, const TextModel& model, const std::string& directory);

// The logits of one pair, (N, V), and the largest |a - b| of two tensors.
Tensor logits(const TextModel& model, const TokenPair& pair);
double largest_difference(const Tensor& a, const Tensor& b);

// Goes on training on a mixture, and scores `old` every so many steps.
std::vector<double> go_on(TextModel& model, const Mixture& mixture, const Task& old, int64_t parts,
                          int64_t steps, double rate);

}  // namespace t5::tutorial
