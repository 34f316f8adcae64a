#include "t5/metrics/evaluate_file.h"

#include <optional>

#include "t5/generation/generate.h"
#include "t5/metrics/answers.h"
#include "t5/train/dataset.h"
#include "t5/train/evaluate.h"
#include "tensor/error.h"

namespace t5 {
namespace {

// exact_match of what the model writes; of several outputs to an input, the first counts.
double generated_match(const TextModel& model, const std::vector<Example>& examples,
                       const std::vector<TokenPair>& pairs, GenerationOptions options,
                       int64_t batch_size) {
  std::vector<Ids> inputs;
  std::vector<std::string> predictions, references;
  for (const TokenPair& pair : pairs) inputs.push_back(pair.input);
  for (const Example& example : examples) references.push_back(example.target);
  options.batch_size = batch_size;
  auto outputs = generate(*model.model, inputs, options);
  for (size_t i = 0; i < outputs.size(); i += options.num_return_sequences)
    predictions.push_back(model.write(outputs[i]));
  return exact_match(predictions, references);
}

}  // namespace

std::vector<std::pair<std::string, double>> evaluate_file(const TextModel& model,
                                                          const std::string& file,
                                                          const EvaluationOptions& options) {
  std::vector<Example> examples = read_examples(file);
  TaskOptions task;
  if (model.config().writes_text())
    task = options.request ? *options.request : read_request({}, model);
  for (Example& example : examples)
    if (model.tokenizer) example.input = task.before + example.input;
  std::vector<TokenPair> pairs = tokenize(examples, model, file);
  std::optional<Evaluation> forced;  // with the true prefix: one pass for both its metrics
  auto value = [&](const std::string& metric) {
    if (metric == "exact_match")
      return generated_match(model, examples, pairs, task.options, options.batch_size);
    check(metric == "token_accuracy" || metric == "loss",
          "evaluate: '{}' is not one of exact_match, token_accuracy, loss", metric);
    if (!forced) forced = evaluate(*model.model, pairs, options.batch_size);
    return metric == "loss" ? forced->loss : forced->token_accuracy;
  };
  std::vector<std::pair<std::string, double>> results;
  const auto& metrics = options.metrics.empty() ? model.config().head->metrics : options.metrics;
  for (const std::string& metric : metrics) results.emplace_back(metric, value(metric));
  return results;
}

}  // namespace t5
