#include "t5/metrics/answers.h"

#include "t5/text/lines.h"
#include "tensor/error.h"

namespace t5 {

double exact_match(const std::vector<std::string>& predictions,
                   const std::vector<std::string>& references) {
  check(predictions.size() == references.size() && !predictions.empty(),
        "exact match: {} predictions for {} references", predictions.size(), references.size());
  int64_t hits = 0;
  for (size_t i = 0; i < predictions.size(); ++i)
    hits += words_of(predictions[i]) == words_of(references[i]);
  return static_cast<double>(hits) / static_cast<double>(predictions.size());
}

}  // namespace t5
