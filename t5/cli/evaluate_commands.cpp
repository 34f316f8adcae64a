// t5 score, t5 evaluate.

#include <fmt/format.h>

#include "t5/cli/commands.h"
#include "t5/cli/input_notes.h"
#include "t5/metrics/evaluate_file.h"
#include "t5/train/dataset.h"
#include "t5/train/evaluate.h"

namespace t5 {
namespace {

struct DataCommand {
  std::string model, data;
  bool ids = false;
  EvaluationOptions evaluation;
};

void score(const DataCommand& command, const Common& common) {
  TextModel loaded =
      load_noted_model(command.model, {.use = Use::kPrediction}, common, command.ids);
  auto pairs = read_pairs({command.data}, loaded);
  for (const PairScore& s : score_pairs(*loaded.model, pairs, command.evaluation.batch_size)) {
    if (common.json)
      print_json(
          {{"log_probability", s.log_probability}, {"tokens", s.tokens}, {"loss", s.loss()}});
    else
      fmt::print("{:.6f}\t{}\t{:.6f}\n", s.log_probability, s.tokens, s.loss());
  }
}

void evaluate_pairs(const DataCommand& command, const Common& common) {
  TextModel loaded =
      load_noted_model(command.model, {.use = Use::kPrediction}, common, command.ids);
  auto results = evaluate_file(loaded, command.data, command.evaluation);
  if (common.json) return print_json({results.begin(), results.end()});
  for (const auto& [name, value] : results) fmt::print("{:<16} {:.6f}\n", name, value);
}

Options& declare_data(Options& options, DataCommand& o) {
  return options.required("--model", o.model, "a model directory")
      .required("--data", o.data, "TSV (input, tab, target) or JSON lines")
      .integer("--batch-size", o.evaluation.batch_size, "pairs at a time", 1, 1 << 20)
      .flag("--ids", o.ids, "both fields are token ids, used as they are");
}

}  // namespace

void add_score(Program& program) {
  program.command<DataCommand>(
      "score", "log-probability, tokens and loss of given pairs",
      "t5 score --model build/demo/model --data build/demo/test.tsv --json",
      [](Options& options, DataCommand& o) { declare_data(options, o); }, score);
}

void add_evaluate(Program& program) {
  program.command<DataCommand>(
      "evaluate", "measure a model on pairs",
      "t5 evaluate --model build/demo/model --data build/demo/test.tsv --json",
      [](Options& options, DataCommand& o) {
        declare_data(options, o)
            .some_of("--metrics", o.evaluation.metrics,
                     "which, in which order; default: those of the model's head",
                     {"exact_match", "token_accuracy", "loss"})
            .integer("--max-new-tokens", o.evaluation.max_new_tokens, "of each generated text", 1,
                     1 << 20);
      },
      evaluate_pairs);
}

}  // namespace t5
