// Tasks as a model reads and is measured on them.
#pragma once

#include "t5/metrics/evaluate_file.h"
#include "t5/metrics/metric.h"
#include "t5/tasks/task.h"
#include "t5/train/dataset.h"

namespace t5 {

// As tokenize of t5/train/dataset.h; errors name the example's own place.
std::vector<TokenPair> tokenize(const std::vector<TaskExample>& examples, const TextModel& model);

struct TaskScores {
  Scores scores;       // the task's metrics, in their order
  double invalid = 0;  // the share of the answers that are none: outside the labels, no number
  int64_t examples = 0;
};

// What `model` writes to the inputs of these examples, judged by the task's metrics. An answer that
// is none counts as wrong; where a metric wants a number, as -1, T5's own choice
// (t5.data.postprocessors.string_to_float).
TaskScores measure_task(const TextModel& model, const Task& task,
                        const std::vector<TaskExample>& examples, const TaskOptions& request,
                        int64_t batch_size, const MetricOptions& options = {});

// How a task's answers are written: the settings of the model's files, then of the task, then those
// given.
TaskOptions request_of(const Task& task, const TextModel& model, TextRequest given = {});

}  // namespace t5
