// BLEU and chrF: which n-grams, runs of n neighbours, a text shares with its reference.
//
// A text is a string of symbols: chrF's are characters, BLEU's the numbers of words (words.h), so
// that an n-gram is a substring of either. Both metrics are formulas on counts, and the counts of a
// corpus are the sums of its examples' counts: BLEU of a corpus is no mean of BLEUs.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "t5/metrics/words.h"

namespace t5 {

// How often each n-gram occurs. They point into the text.
using NgramCounts = std::unordered_map<std::u32string_view, int64_t>;
NgramCounts count_ngrams(std::u32string_view text, size_t n);

constexpr size_t kBleuOrder = 4;  // the longest n-grams that BLEU looks at

// What BLEU counts of a text; [n - 1] stands for n-grams.
struct BleuCounts {
  double length = 0, reference_length = 0;      // words
  std::array<double, kBleuOrder> matches = {};  // n-grams of the text that a reference has too
  std::array<double, kBleuOrder> totals = {};   // n-grams of the text

  BleuCounts& operator+=(const BleuCounts& other);
};

// The matches are clipped: an n-gram counts at most as often as the reference with the most of it
// has it, so that "the the the the" does not match "the cat" four times. The reference length is
// that of the reference nearest in length, the shorter one of two that are equally near.
BleuCounts bleu_counts(std::u32string_view text, const std::vector<std::u32string>& references);

// What stands for a precision of zero, which would make the whole score zero (Chen and Cherry
// 2014). "exp": 1/2, 1/4, … of a match for the first order without one, the second …; "floor":
// `value` matches; "add-k": `value` more matches and n-grams in every order but the first; "none".
struct Smoothing {
  std::string method = "exp";
  std::optional<double> value = {};  // none: 0.1 for floor, 1 for add-k
};

// The shares of the n-grams that match, smoothed. An order that the text is too short for has 0.
std::array<double, kBleuOrder> bleu_precisions(const BleuCounts& counts,
                                               const Smoothing& smoothing);

// exp(1 - reference length / length) for a text that is shorter than its reference, 1 for others,
// 0 for no text at all: what keeps a system from writing only what it is sure of.
double brevity_penalty(double length, double reference_length);

// From 0 to 100: the brevity penalty times the geometric mean of the precisions. 0 when nothing
// matches, or when a precision is 0 (Papineni et al. 2002).
double bleu(const BleuCounts& counts, const Smoothing& smoothing = {});

// The orders that chrF looks at: 6 of characters (white space does not count), and with
// `word_order` 2, which is chrF++, two of words.
struct ChrfOptions {
  int64_t char_order = 6, word_order = 0;
  double beta = 2;  // recall counts beta times as much as precision
};

// What chrF counts of each order, of characters and then of words.
struct ChrfCounts {
  struct Order {
    double text = 0, reference = 0, matches = 0;  // n-grams
  };
  std::vector<Order> orders;

  ChrfCounts& operator+=(const ChrfCounts& other);
};

// The counts against the reference that gives the best chrF.
ChrfCounts chrf_counts(const std::string& text, const std::vector<std::string>& references,
                       const ChrfOptions& options);

// From 0 to 100: the F measure of the means of precision and recall over the orders that both
// texts are long enough for (Popović 2015).
double chrf(const ChrfCounts& counts, const ChrfOptions& options = {});

}  // namespace t5
