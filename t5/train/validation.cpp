#include "t5/train/validation.h"

#include <fmt/format.h>

#include "t5/train/evaluate.h"
#include "tensor/error.h"

namespace t5 {

void Validation::check_metric(const TrainOptions& options) const {
  const std::string& wanted = options.metric_for_best_model;
  std::string names = "loss, token_accuracy";
  bool found = wanted == "loss" || wanted == "token_accuracy";
  for (const Metric& metric : metrics_) {
    names += ", " + metric.name;
    found = found || metric.name == wanted;
  }
  check(found, "train: metric_for_best_model '{}' is not one of {}", wanted, names);
}

ValidationResult Validation::measure(const Model& model, const TrainOptions& options) const {
  Evaluation forced = evaluate(model, pairs_, options.batch_size);
  ValidationResult result{
      {{"validation_loss", forced.loss}, {"validation_token_accuracy", forced.token_accuracy}},
      forced.loss,
      fmt::format("validation loss {:.4f}, token accuracy {:.2f} %", forced.loss,
                  100 * forced.token_accuracy)};
  if (options.metric_for_best_model == "token_accuracy") result.cost = -forced.token_accuracy;
  if (metrics_.empty()) return result;
  std::vector<double> scores = measure_(model);
  for (size_t i = 0; i < metrics_.size(); ++i) {
    const auto& [name, larger_is_better] = metrics_[i];
    result.values.emplace_back("validation_" + name, scores[i]);
    result.text += fmt::format(", {} {:.4g}", name, scores[i]);
    if (name == options.metric_for_best_model)
      result.cost = larger_is_better ? -scores[i] : scores[i];
  }
  return result;
}

}  // namespace t5
