// A model measured on a file of pairs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "t5/generation/text_request.h"
#include "t5/metrics/metric.h"

namespace t5 {

// The metrics of the model's probabilities, the true prefix given: "loss" and "token_accuracy", see
// Evaluation; "perplexity", e to the power of the loss, which depends on the vocabulary as the loss
// does; and "bits_per_byte", the loss as bits for each byte of the targets' text, which does not.
const std::vector<std::string>& forced_metrics();

struct EvaluationOptions {
  // forced_metrics(), and those of metric.h, of the texts that the model writes. None: those of the
  // model's head.
  std::vector<std::string> metrics = {};
  MetricOptions metric_options = {};
  int64_t batch_size = 64;  // pairs at a time
  // What each text is written by, and what goes before every input; none: what the model's own
  // files ask for, as t5 generate.
  std::optional<TaskOptions> request = {};
};

// The metrics by name, in the order in which they are asked for.
Scores evaluate_file(const TextModel& model, const std::string& file,
                     const EvaluationOptions& options = {});

}  // namespace t5
