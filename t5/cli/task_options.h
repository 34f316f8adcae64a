// Tasks and mixtures at the command line.
#pragma once

#include <string>
#include <vector>

#include "t5/cli/program.h"
#include "t5/tasks/mixture.h"
#include "t5/tasks/tokenized.h"
#include "t5/train/validation.h"

namespace t5 {

struct MixtureOptions {
  std::vector<std::string> tasks;
  std::string file, mixing = "proportional";
  int64_t limit = 0;
  double temperature = 1;
  int64_t max_eval_samples = 0;

  bool asked() const { return !tasks.empty() || !file.empty(); }
};

void declare_mixture(Options& options, MixtureOptions& o);

Mixture chosen_mixture(const MixtureOptions& o);

// The validation splits of the tasks that have one: loss and token accuracy of all their examples
// together, the metrics of each as "task/metric", and "mean", of the first metric of each, those
// that go to 100 divided by that. `model` and `mixture` must outlive it.
Validation validation_of(const Mixture& mixture, const TextModel& model, int64_t max_eval_samples);

}  // namespace t5
