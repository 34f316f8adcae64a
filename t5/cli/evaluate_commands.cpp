// t5 score, t5 evaluate.

#include <fmt/format.h>

#include "t5/cli/commands.h"
#include "t5/cli/metric_options.h"
#include "t5/cli/request.h"
#include "t5/cli/standard_input.h"
#include "t5/cli/transfer_options.h"
#include "t5/metrics/evaluate_file.h"
#include "t5/tasks/mixture.h"
#include "t5/text/examples.h"
#include "t5/train/dataset.h"
#include "t5/train/evaluate.h"

namespace t5 {
namespace {

struct DataCommand {
  std::string model, data, split = "test", mixture;
  AdapterOptions adapters;
  bool ids = false;
  EvaluationOptions evaluation;
  MetricFlags metrics;     // of t5 evaluate
  RequestOptions request;  // of t5 evaluate
};

struct NumberedExample {
  Example example;
  int64_t number;  // in its file, from 1
};

std::string score_line(const PairScore& s, bool json) {
  if (!json) return fmt::format("{:.6f}\t{}\t{:.6f}", s.log_probability, s.tokens, s.loss());
  return JsonText(
             {{"log_probability", s.log_probability}, {"tokens", s.tokens}, {"loss", s.loss()}})
      .text();
}

// Batch after batch, so that a mistake in the file costs no score of the pairs before it.
void score(const DataCommand& command, const Common& common) {
  TextModel loaded = load_adapted_model(command.model, command.adapters, common, command.ids);
  int64_t batch_size = command.evaluation.batch_size;
  auto answer = [&](std::span<const NumberedExample> examples) {
    std::vector<TokenPair> pairs;
    for (const NumberedExample& e : examples)
      pairs.push_back(tokenize({e.example}, loaded, command.data, e.number)[0]);
    std::vector<std::string> lines;
    for (const PairScore& s : score_pairs(*loaded.model, pairs, batch_size))
      lines.push_back(score_line(s, common.json));
    return lines;
  };
  answer_in_order<NumberedExample>(batch_size, answer, [&](const auto& take) {
    int64_t number = 0;
    for_each_example(command.data, [&](Example example) {
      take({std::move(example), ++number}, false);
    });
  });
}

// A line for each metric of a task, then the share of the answers that were none.
void print_task(const Task& task, const TaskScores& result, const Common& common) {
  if (common.json) {
    JsonText::Fields fields = {{"task", task.name}, {"examples", result.examples}};
    fields.insert(fields.end(), result.scores.begin(), result.scores.end());
    fields.emplace_back("invalid", result.invalid);
    return print_json(fields);
  }
  for (const auto& [name, value] : result.scores)
    fmt::print("{:<20} {:<16} {:.6f}\n", task.name, name, value);
  if (task.answer_kind() != AnswerKind::kText)
    fmt::print("{:<20} {:<16} {:.1f} %\n", task.name, "invalid", 100 * result.invalid);
}

void evaluate_task(const DataCommand& command, const TextModel& loaded, Task task,
                   const TaskOptions& request, const Common& common) {
  if (!command.evaluation.metrics.empty()) task.metrics = command.evaluation.metrics;
  auto examples =
      command.data.empty() ? task.examples(command.split) : task.examples_in(command.data);
  print_task(task,
             measure_task(loaded, task, examples, request, command.evaluation.batch_size,
                          command.metrics.chosen()),
             common);
}

void evaluate_mixture(const DataCommand& command, const TextModel& loaded, const Common& common) {
  for (const MixedTask& mixed : read_mixture(command.mixture).tasks)
    evaluate_task(command, loaded, mixed.task,
                  request_of(mixed.task, loaded, command.request.request), common);
}

void evaluate_pairs(const DataCommand& command, const Common& common) {
  check_names(command.evaluation.metrics);
  if (command.data.empty() && command.mixture.empty() && command.request.request.task.empty())
    throw UsageError{"evaluate: give --data, or --task or --mixture"};
  TextModel loaded = load_adapted_model(command.model, command.adapters, common, command.ids);
  if (!command.mixture.empty()) return evaluate_mixture(command, loaded, common);
  EvaluationOptions options = command.evaluation;
  options.metric_options = command.metrics.chosen();
  if (loaded.config().writes_text()) {
    AskedTask asked = read_options(command.request, loaded, common);
    if (asked.task) return evaluate_task(command, loaded, *asked.task, asked.request, common);
    options.request = asked.request;
  }
  if (command.data.empty()) throw UsageError{"evaluate: --data is required"};
  auto results = evaluate_file(loaded, command.data, options);
  if (common.json) return print_json({results.begin(), results.end()});
  for (const auto& [name, value] : results) fmt::print("{:<16} {:.6f}\n", name, value);
}

Options& declare_data(Options& options, DataCommand& o, bool required) {
  const char* help = "TSV (input, tab, target) or JSON lines";
  options.required("--model", o.model, "a model directory");
  declare_adapters(options, o.adapters);
  return (required ? options.required("--data", o.data, help)
                   : options.path("--data", o.data, "the same; with --task a file of its records"))
      .integer("--batch-size", o.evaluation.batch_size, "pairs at a time", 1, 1 << 20)
      .flag("--ids", o.ids, "both fields are token ids, used as they are");
}

}  // namespace

void add_score(Program& program) {
  program.command<DataCommand>(
      "score", "log-probability, tokens and loss of given pairs",
      "t5 score --model build/demo/model --data build/demo/test.tsv --json",
      [](Options& options, DataCommand& o) { declare_data(options, o, true); }, score);
}

void add_evaluate(Program& program) {
  program.command<DataCommand>(
      "evaluate", "measure a model on pairs",
      "t5 evaluate --model build/demo/model --data build/demo/test.tsv --json",
      [](Options& options, DataCommand& o) {
        declare_data(options, o, false)
            .text("--split", o.split, "of a task: train, validation, test")
            .path("--mixture", o.mixture, "all tasks of a mixture's file, one after the other")
            .instead_of("--mixture", "--data");
        declare_metric_names(options, o.evaluation.metrics, forced_metrics());
        declare_metric_options(options, o.metrics);
        declare_request(options, o.request);
      },
      evaluate_pairs);
}

}  // namespace t5
