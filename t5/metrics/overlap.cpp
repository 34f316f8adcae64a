#include "t5/metrics/overlap.h"

#include <algorithm>
#include <map>

#include "t5/metrics/ngrams.h"
#include "tensor/error.h"

namespace t5 {

constexpr size_t kMostCells = size_t{1} << 28;  // of a table: 1 GB

double f_measure(double hits, double found, double wanted) {
  if (hits == 0) return 0;
  double precision = hits / found, recall = hits / wanted;
  return 2 * precision * recall / (precision + recall);
}

double rouge_n(std::u32string_view text, std::u32string_view reference, size_t n) {
  NgramCounts found = count_ngrams(text, n), wanted = count_ngrams(reference, n);
  int64_t hits = 0, all_found = 0, all_wanted = 0;
  for (auto [ngram, count] : found) {
    all_found += count;
    if (auto same = wanted.find(ngram); same != wanted.end()) hits += std::min(count, same->second);
  }
  for (auto [ngram, count] : wanted) all_wanted += count;
  return f_measure(static_cast<double>(hits), static_cast<double>(all_found),
                   static_cast<double>(all_wanted));
}

std::vector<int32_t> lcs_table(std::u32string_view a, std::u32string_view b) {
  size_t width = b.size() + 1;
  check(a.size() + 1 <= kMostCells / width, "ROUGE-L: texts of {} and {} words are too long",
        a.size(), b.size());
  std::vector<int32_t> table((a.size() + 1) * width, 0);
  // exercise 17-evaluation/subsequence — the table, row by row
  for (size_t i = 1; i <= a.size(); ++i)
    for (size_t j = 1; j <= b.size(); ++j) {
      int32_t without_one = std::max(table[(i - 1) * width + j], table[i * width + j - 1]);
      int32_t with_both = table[(i - 1) * width + j - 1] + 1;
      table[i * width + j] = a[i - 1] == b[j - 1] ? with_both : without_one;
    }
  // end exercise
  return table;
}

double rouge_l(std::u32string_view text, std::u32string_view reference) {
  double longest = lcs_table(reference, text).back();
  return f_measure(longest, static_cast<double>(text.size()),
                   static_cast<double>(reference.size()));
}

namespace {

// Marks the places of one longest common subsequence in `sentence`: of those that are equally
// long, the one that rouge_score finds, going back from the end.
void mark_common(std::u32string_view sentence, std::u32string_view other,
                 std::vector<bool>& marks) {
  std::vector<int32_t> table = lcs_table(sentence, other);
  size_t width = other.size() + 1, i = sentence.size(), j = other.size();
  while (i > 0 && j > 0) {
    if (sentence[i - 1] == other[j - 1]) {
      marks[i - 1] = true;
      --i, --j;
    } else if (table[i * width + j - 1] > table[(i - 1) * width + j]) {
      --j;
    } else {
      --i;
    }
  }
}

}  // namespace

double rouge_l_sum(const std::vector<std::u32string>& text,
                   const std::vector<std::u32string>& reference) {
  std::map<char32_t, int64_t> left_in_text, left_in_reference;
  int64_t found = 0, wanted = 0, hits = 0;
  for (const std::u32string& sentence : text)
    for (char32_t word : sentence) ++left_in_text[word], ++found;
  for (const std::u32string& sentence : reference)
    for (char32_t word : sentence) ++left_in_reference[word], ++wanted;
  for (const std::u32string& sentence : reference) {
    std::vector<bool> covered(sentence.size(), false);
    for (const std::u32string& other : text) mark_common(sentence, other, covered);
    for (size_t i = 0; i < sentence.size(); ++i) {
      if (!covered[i] || left_in_text[sentence[i]] == 0 || left_in_reference[sentence[i]] == 0)
        continue;
      --left_in_text[sentence[i]], --left_in_reference[sentence[i]], ++hits;
    }
  }
  return f_measure(static_cast<double>(hits), static_cast<double>(found),
                   static_cast<double>(wanted));
}

}  // namespace t5
