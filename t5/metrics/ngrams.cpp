#include "t5/metrics/ngrams.h"

#include <algorithm>
#include <cmath>

#include "tensor/error.h"

namespace t5 {

NgramCounts count_ngrams(std::u32string_view text, size_t n) {
  NgramCounts counts;
  counts.reserve(text.size());
  for (size_t i = 0; i + n <= text.size(); ++i) ++counts[text.substr(i, n)];
  return counts;
}

BleuCounts& BleuCounts::operator+=(const BleuCounts& other) {
  length += other.length;
  reference_length += other.reference_length;
  for (size_t i = 0; i < kBleuOrder; ++i) {
    matches[i] += other.matches[i];
    totals[i] += other.totals[i];
  }
  return *this;
}

namespace {

// Of the reference nearest in length; of two equally near, the shorter.
size_t nearest_length(size_t length, const std::vector<std::u32string>& references) {
  auto distance = [&](size_t other) { return other > length ? other - length : length - other; };
  size_t nearest = references[0].size();
  for (const std::u32string& reference : references) {
    size_t here = distance(reference.size()), best = distance(nearest);
    if (here < best || (here == best && reference.size() < nearest)) nearest = reference.size();
  }
  return nearest;
}

}  // namespace

BleuCounts bleu_counts(std::u32string_view text, const std::vector<std::u32string>& references) {
  BleuCounts counts;
  counts.length = static_cast<double>(text.size());
  counts.reference_length = static_cast<double>(nearest_length(text.size(), references));
  // exercise 17-evaluation/clipped — n-grams that match, no oftener than a reference has them
  for (size_t n = 1; n <= kBleuOrder; ++n) {
    NgramCounts most;  // of each n-gram, in any one reference
    for (const std::u32string& reference : references)
      for (auto [ngram, count] : count_ngrams(reference, n))
        most[ngram] = std::max(most[ngram], count);
    for (auto [ngram, count] : count_ngrams(text, n)) {
      auto found = most.find(ngram);
      int64_t allowed = found == most.end() ? 0 : found->second;
      counts.matches[n - 1] += static_cast<double>(std::min(count, allowed));
      counts.totals[n - 1] += static_cast<double>(count);
    }
  }
  // end exercise
  return counts;
}

std::array<double, kBleuOrder> bleu_precisions(const BleuCounts& counts,
                                               const Smoothing& smoothing) {
  const std::string& method = smoothing.method;
  check(method == "exp" || method == "floor" || method == "add-k" || method == "none",
        "BLEU: there is no smoothing '{}'; there are exp, floor, add-k and none", method);
  double value = smoothing.value.value_or(method == "floor" ? 0.1 : 1);
  std::array<double, kBleuOrder> precisions = {};
  double part = 1;
  for (size_t i = 0; i < kBleuOrder; ++i) {
    double more = method == "add-k" && i > 0 ? value : 0;
    double matches = counts.matches[i] + more, total = counts.totals[i] + more;
    if (total == 0) break;
    if (matches == 0 && method == "exp") matches = part /= 2;
    if (matches == 0 && method == "floor") matches = value;
    precisions[i] = matches / total;
  }
  return precisions;
}

double brevity_penalty(double length, double reference_length) {
  // exercise 17-evaluation/brevity — what a text loses for being shorter than its reference
  if (length >= reference_length) return 1;
  return length == 0 ? 0 : std::exp(1 - reference_length / length);
  // end exercise
}

double bleu(const BleuCounts& counts, const Smoothing& smoothing) {
  bool matches = std::any_of(counts.matches.begin(), counts.matches.end(),
                             [](double count) { return count > 0; });
  if (!matches) return 0;
  // exercise 17-evaluation/bleu — the geometric mean of the precisions, and what brevity costs
  std::array<double, kBleuOrder> precisions = bleu_precisions(counts, smoothing);
  double sum = 0;
  for (double precision : precisions) {
    if (precision == 0) return 0;
    sum += std::log(precision);
  }
  double mean = std::exp(sum / static_cast<double>(precisions.size()));
  return 100 * brevity_penalty(counts.length, counts.reference_length) * mean;
  // end exercise
}

ChrfCounts& ChrfCounts::operator+=(const ChrfCounts& other) {
  orders.resize(other.orders.size());
  for (size_t i = 0; i < orders.size(); ++i) {
    orders[i].text += other.orders[i].text;
    orders[i].reference += other.orders[i].reference;
    orders[i].matches += other.orders[i].matches;
  }
  return *this;
}

namespace {

// Where the reference has none of an order, the text's do not count either.
ChrfCounts::Order shared(const NgramCounts& text, const NgramCounts& reference) {
  ChrfCounts::Order order;
  for (auto [ngram, count] : reference) order.reference += static_cast<double>(count);
  if (reference.empty()) return order;
  for (auto [ngram, count] : text) {
    order.text += static_cast<double>(count);
    auto found = reference.find(ngram);
    if (found != reference.end())
      order.matches += static_cast<double>(std::min(count, found->second));
  }
  return order;
}

// The n-grams of a text, order by order. They point into `characters` and `words`.
std::vector<NgramCounts> chrf_ngrams(std::u32string_view characters, std::u32string_view words,
                                     const ChrfOptions& options) {
  std::vector<NgramCounts> orders;
  for (int64_t n = 1; n <= options.char_order; ++n) orders.push_back(count_ngrams(characters, n));
  for (int64_t n = 1; n <= options.word_order; ++n) orders.push_back(count_ngrams(words, n));
  return orders;
}

}  // namespace

ChrfCounts chrf_counts(const std::string& text, const std::vector<std::string>& references,
                       const ChrfOptions& options) {
  Numbering numbering;
  auto words_of_text = [&](const std::string& t) {
    return options.word_order > 0 ? numbered(chrf_words(t), numbering) : std::u32string();
  };
  std::u32string characters = characters_of(text, false), words = words_of_text(text);
  std::vector<NgramCounts> ngrams = chrf_ngrams(characters, words, options);
  ChrfCounts best;
  double best_score = -1;
  for (const std::string& reference : references) {
    std::u32string its_characters = characters_of(reference, false);
    std::u32string its_words = words_of_text(reference);
    std::vector<NgramCounts> its_ngrams = chrf_ngrams(its_characters, its_words, options);
    ChrfCounts counts;
    for (size_t i = 0; i < ngrams.size(); ++i)
      counts.orders.push_back(shared(ngrams[i], its_ngrams[i]));
    double score = chrf(counts, options);
    if (score > best_score) best = counts, best_score = score;
  }
  return best;
}

double chrf(const ChrfCounts& counts, const ChrfOptions& options) {
  double precision = 0, recall = 0, orders = 0;
  for (const ChrfCounts::Order& order : counts.orders) {
    if (order.text == 0 || order.reference == 0) continue;
    precision += order.matches / order.text;
    recall += order.matches / order.reference;
    ++orders;
  }
  if (precision + recall == 0) return 0;
  precision /= orders, recall /= orders;
  double weight = options.beta * options.beta;
  return 100 * (1 + weight) * precision * recall / (weight * precision + recall);
}

}  // namespace t5
