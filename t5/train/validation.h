// What a run is measured by while it trains, and which of its weights are the best.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "t5/model/model.h"
#include "t5/train/train_options.h"

namespace t5 {

// Of one validation.
struct ValidationResult {
  // validation_loss and validation_token_accuracy, then validation_NAME of each metric.
  std::vector<std::pair<std::string, double>> values;
  double cost;       // the loss, or the metric that chooses: what the best weights have least of
  std::string text;  // the same values for the reader
};

// Loss and token accuracy on pairs, the true prefix given, and whatever metrics are wanted beside.
class Validation {
 public:
  struct Metric {
    std::string name;
    bool larger_is_better;
  };
  using Measure = std::function<std::vector<double>(const Model&)>;  // of every metric, in order

  Validation() = default;  // none
  Validation(std::vector<TokenPair> pairs) : pairs_(std::move(pairs)) {}
  Validation(std::vector<TokenPair> pairs, std::vector<Metric> metrics, Measure measure)
      : pairs_(std::move(pairs)), metrics_(std::move(metrics)), measure_(std::move(measure)) {}

  bool empty() const { return pairs_.empty(); }
  const std::vector<TokenPair>& pairs() const { return pairs_; }
  // Throws Error, with the names that there are, when options.metric_for_best_model is none of
  // them.
  void check_metric(const TrainOptions& options) const;
  ValidationResult measure(const Model& model, const TrainOptions& options) const;

 private:
  std::vector<TokenPair> pairs_;
  std::vector<Metric> metrics_;
  Measure measure_;
};

}  // namespace t5
