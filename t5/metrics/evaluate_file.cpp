#include "t5/metrics/evaluate_file.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include "t5/generation/generate.h"
#include "t5/train/dataset.h"
#include "t5/train/evaluate.h"
#include "tensor/error.h"

namespace t5 {
namespace {

// What the model writes, beside the targets; of several outputs to an input, the first counts.
Judged written(const TextModel& model, const std::vector<Example>& examples,
               const std::vector<TokenPair>& pairs, GenerationOptions options, int64_t batch_size) {
  std::vector<Ids> inputs;
  Judged judged;
  for (const TokenPair& pair : pairs) inputs.push_back(pair.input);
  for (const Example& example : examples) judged.references.push_back({example.target});
  options.batch_size = batch_size;
  auto outputs = generate(*model.model, inputs, options);
  for (size_t i = 0; i < outputs.size(); i += options.num_return_sequences)
    judged.predictions.push_back(model.write(outputs[i]));
  return judged;
}

// What the model makes of the targets, the true prefix given.
double forced_value(const std::string& metric, const Evaluation& forced, double bytes_per_token) {
  if (metric == "token_accuracy") return forced.token_accuracy;
  if (metric == "perplexity") return std::exp(forced.loss);
  if (metric == "bits_per_byte") return forced.loss / std::numbers::ln2 / bytes_per_token;
  return forced.loss;
}

// Of the targets: bytes of text, and tokens, that of the end among them.
double bytes_per_token(const std::vector<Example>& examples, const std::vector<TokenPair>& pairs) {
  double bytes = 0, tokens = 0;
  for (const Example& example : examples) bytes += static_cast<double>(example.target.size());
  for (const TokenPair& pair : pairs) tokens += static_cast<double>(pair.target.size());
  return bytes / tokens;
}

}  // namespace

const std::vector<std::string>& forced_metrics() {
  static const std::vector<std::string> names = {"loss", "token_accuracy", "perplexity",
                                                 "bits_per_byte"};
  return names;
}

Scores evaluate_file(const TextModel& model, const std::string& file,
                     const EvaluationOptions& options) {
  const auto& asked = options.metrics.empty() ? model.config().head->metrics : options.metrics;
  auto is_forced = [](const std::string& metric) {
    const auto& names = forced_metrics();
    return std::find(names.begin(), names.end(), metric) != names.end();
  };
  for (const std::string& metric : asked) {
    if (!is_forced(metric)) find_metric(metric);
    check(metric != "bits_per_byte" || model.tokenizer,
          "evaluate: bits_per_byte counts the bytes of texts; token ids have none");
  }
  std::vector<Example> examples = read_examples(file);
  TaskOptions task;
  if (model.config().writes_text())
    task = options.request ? *options.request : read_request({}, model);
  for (Example& example : examples)
    if (model.tokenizer) example.input = task.before + example.input;
  std::vector<TokenPair> pairs = tokenize(examples, model, file);
  std::optional<Evaluation> forced;  // one pass for all metrics that it gives
  std::optional<Judged> judged;
  Scores scores;
  for (const std::string& metric : asked) {
    if (is_forced(metric)) {
      if (!forced) forced = evaluate(*model.model, pairs, options.batch_size);
      double value = forced_value(metric, *forced, bytes_per_token(examples, pairs));
      scores.emplace_back(metric, value);
      continue;
    }
    if (!judged) judged = written(model, examples, pairs, task.options, options.batch_size);
    scores.push_back(measure({metric}, *judged, options.metric_options)[0]);
  }
  return scores;
}

}  // namespace t5
