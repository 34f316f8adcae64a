#include "t5/metrics/evaluate_file.h"

#include <optional>

#include "t5/generation/generate.h"
#include "t5/metrics/answers.h"
#include "t5/train/dataset.h"
#include "t5/train/evaluate.h"
#include "tensor/error.h"

namespace t5 {
namespace {

// exact_match of what greedy search writes.
double generated_match(const TextModel& model, const std::vector<Example>& examples,
                       const std::vector<TokenPair>& pairs, const EvaluationOptions& options) {
  std::vector<Ids> inputs;
  std::vector<std::string> predictions, references;
  for (const TokenPair& pair : pairs) inputs.push_back(pair.input);
  for (const Example& example : examples) references.push_back(example.target);
  GenerationOptions greedy;
  greedy.max_new_tokens = options.max_new_tokens;
  greedy.batch_size = options.batch_size;
  for (const Ids& output : generate(*model.model, inputs, greedy))
    predictions.push_back(model.write(output));
  return exact_match(predictions, references);
}

}  // namespace

std::vector<std::pair<std::string, double>> evaluate_file(const TextModel& model,
                                                          const std::string& file,
                                                          const EvaluationOptions& options) {
  std::vector<Example> examples = read_examples(file);
  std::vector<TokenPair> pairs = tokenize(examples, model, file);
  std::optional<Evaluation> forced;  // with the true prefix: one pass for both its metrics
  auto value = [&](const std::string& metric) {
    if (metric == "exact_match") return generated_match(model, examples, pairs, options);
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
