#include "t5/cli/task_options.h"

#include <algorithm>
#include <memory>

namespace t5 {
namespace {

// A score that goes to 100 counts as one that goes to 1.
double share_of(const std::string& metric, double score) {
  bool of_hundred = metric == "bleu" || metric == "chrf" || metric == "ter";
  return of_hundred ? score / 100 : score;
}

struct Held {
  const Task* task;
  std::vector<TaskExample> examples;
};

// The first of them, unless all are asked for.
std::vector<Held> held_out(const Mixture& mixture, int64_t most) {
  std::vector<Held> held;
  for (const MixedTask& mixed : mixture.tasks) {
    if (!mixed.task.splits.contains("validation")) continue;
    held.push_back({&mixed.task, mixed.task.examples("validation")});
    auto& examples = held.back().examples;
    if (most > 0 && std::ssize(examples) > most) examples.resize(most);
  }
  return held;
}

}  // namespace

void declare_mixture(Options& options, MixtureOptions& o) {
  options
      .files("--task", o.tasks, "tasks to train on, files or names of t5 tasks list; see there",
             false)
      .path("--mixture", o.file, "a file that names tasks and how they are mixed")
      .one_of("--mixing", o.mixing, "how often each task is drawn: by its size, or all alike",
              {"proportional", "equal"})
      .integer("--mixing-limit", o.limit, "examples that a task counts for at most; 0: all", 0)
      .number("--temperature", o.temperature, "of proportional mixing: sizes to the power 1/T",
              1e-6, 1e6)
      .integer("--max-eval-samples", o.max_eval_samples,
               "examples of each task that a validation answers; 0: all", 0)
      .instead_of("--mixture", "--task");
  for (const char* name : {"--mixing", "--mixing-limit", "--temperature"})
    options.needs(name, "--task");
}

Mixture chosen_mixture(const MixtureOptions& o) {
  if (!o.file.empty()) return read_mixture(o.file);
  Mixture mixture = mixture_of(o.tasks);
  mixture.mixing = o.mixing;
  mixture.limit = o.limit;
  mixture.temperature = o.temperature;
  return mixture;
}

Validation validation_of(const Mixture& mixture, const TextModel& model, int64_t most) {
  auto held = std::make_shared<std::vector<Held>>(held_out(mixture, most));
  std::vector<TokenPair> pairs;
  std::vector<Validation::Metric> metrics;
  for (const auto& [task, examples] : *held) {
    std::vector<TokenPair> more = tokenize(examples, model);
    std::move(more.begin(), more.end(), std::back_inserter(pairs));
    for (const std::string& metric : task->metrics)
      metrics.push_back({task->name + "/" + metric, find_metric(metric).larger_is_better});
  }
  if (held->empty()) return {};
  metrics.push_back({"mean", true});
  auto measure = [held, &model](const Model&) {
    std::vector<double> values;
    double sum = 0;
    for (const auto& [task, examples] : *held) {
      Scores scores =
          measure_task(model, *task, examples, request_of(*task, model), /*batch_size=*/64).scores;
      for (const auto& [metric, score] : scores) values.push_back(score);
      sum += share_of(scores[0].first, scores[0].second);
    }
    values.push_back(sum / static_cast<double>(held->size()));
    return values;
  };
  return {std::move(pairs), std::move(metrics), measure};
}

}  // namespace t5
