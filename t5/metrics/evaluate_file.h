// A model measured on a file of pairs.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "t5/generation/text_request.h"

namespace t5 {

struct EvaluationOptions {
  // "exact_match", of the texts that the model writes; "token_accuracy" and "loss", the true prefix
  // given: see Evaluation. None: those of the model's head.
  std::vector<std::string> metrics = {};
  int64_t batch_size = 64;  // pairs at a time
  // What each text is written by, and what goes before every input; none: what the model's own
  // files ask for, as t5 generate.
  std::optional<TaskOptions> request = {};
};

// The metrics by name, in the order in which they are asked for.
std::vector<std::pair<std::string, double>> evaluate_file(const TextModel& model,
                                                          const std::string& file,
                                                          const EvaluationOptions& options = {});

}  // namespace t5
