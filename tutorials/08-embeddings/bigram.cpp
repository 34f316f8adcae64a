#include "tutorials/08-embeddings/bigram.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "tutorials/corpora/english_french/corpus.h"

namespace t5 {

WordText make_word_text(const std::vector<std::string>& sentences) {
  std::vector<std::vector<std::string>> split;
  std::map<std::string, int64_t> counts;
  for (const std::string& sentence : sentences) {
    split.push_back(corpus::words_of(sentence));
    for (const std::string& word : split.back()) ++counts[word];
  }
  std::vector<std::pair<int64_t, std::string>> order;
  for (const auto& [word, count] : counts) order.emplace_back(-count, word);
  std::sort(order.begin(), order.end());
  WordText text{{"."}, {}, {}};
  std::map<std::string, Id> ids;
  for (const auto& [count, word] : order) {
    ids[word] = static_cast<Id>(text.words.size());
    text.words.push_back(word);
  }
  for (const auto& words : split) {
    Id before = 0;
    for (size_t i = 0; i <= words.size(); ++i) {
      Id word = i < words.size() ? ids[words[i]] : 0;
      text.previous.push_back(before), text.next.push_back(word);
      before = word;
    }
  }
  return text;
}

Tensor count_pairs(const WordText& text) {
  auto size = static_cast<int64_t>(text.words.size());
  Tensor counts = Tensor::zeros({size, size});
  for (size_t i = 0; i < text.next.size(); ++i)
    counts.mutable_data()[text.previous[i] * size + text.next[i]] += 1;
  return counts;
}

double counted_bits(const Tensor& counts) {
  double bits = 0, pairs = 0;
  for (int64_t a = 0; a < counts.dim(0); ++a) {
    double row = 0;
    for (int64_t b = 0; b < counts.dim(1); ++b) row += counts.at({a, b});
    for (int64_t b = 0; b < counts.dim(1); ++b)
      if (double n = counts.at({a, b}); n > 0) bits -= n * std::log2(n / row);
    pairs += row;
  }
  return bits / pairs;
}

Bigram::Bigram(Scope scope, int64_t vocabulary, int64_t width, bool with_linear)
    : embedding(scope / "embedding", vocabulary, width, 1) {
  double deviation = 1 / std::sqrt(static_cast<double>(width));
  if (with_linear) linear.emplace(scope / "linear", width, width, deviation);
}

Var Bigram::operator()(const Ids& previous) const {
  Var states = embedding(previous);
  return VocabularyHead{embedding.weight, true}(linear ? (*linear)(states) : states);
}

}  // namespace t5
