#include "t5/metrics/answers.h"

#include <map>

#include "t5/metrics/overlap.h"
#include "tensor/error.h"

namespace t5 {

bool exact_match(std::string_view answer, std::string_view wanted) {
  return split_words(answer) == split_words(wanted);
}

bool squad_exact_match(std::string_view answer, std::string_view wanted) {
  return answer_words(answer) == answer_words(wanted);
}

double bag_f1(const Words& answer, const Words& wanted) {
  if (answer.empty() || wanted.empty()) return answer.empty() && wanted.empty();
  // exercise 17-evaluation/bag-f1 — the words that both have, each as often as both have it
  std::map<std::string, int64_t> left;  // of the wanted words
  for (const std::string& word : wanted) ++left[word];
  int64_t hits = 0;
  for (const std::string& word : answer)
    if (auto found = left.find(word); found != left.end() && found->second > 0) {
      --found->second;
      ++hits;
    }
  return f_measure(static_cast<double>(hits), static_cast<double>(answer.size()),
                   static_cast<double>(wanted.size()));
  // end exercise
}

}  // namespace t5
