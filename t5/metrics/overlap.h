// ROUGE: how much of a reference, a summary mostly, a text has too (Lin 2004).
//
// Texts are strings of word numbers (words.h). Every function gives an F measure, from 0 to 1: the
// harmonic mean of precision, the share of the text that the reference has, and recall, the share
// of the reference that the text has.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "t5/metrics/words.h"

namespace t5 {

// The harmonic mean of hits / found and hits / wanted; 0 where there are no hits.
double f_measure(double hits, double found, double wanted);

// ROUGE-N: of n-grams, each as often as both have it.
double rouge_n(std::u32string_view text, std::u32string_view reference, size_t n);

// Entry i * (b.size() + 1) + j: how long the longest common subsequence of the first i symbols of a
// and the first j of b is. A subsequence keeps the order, and may leave out.
std::vector<int32_t> lcs_table(std::u32string_view a, std::u32string_view b);

// ROUGE-L: of the longest common subsequence.
double rouge_l(std::u32string_view text, std::u32string_view reference);

// ROUGE-L of summaries of several sentences: a sentence of the reference is covered by the union of
// its longest common subsequences with every sentence of the text. A word counts no oftener than
// the text and the reference have it.
double rouge_l_sum(const std::vector<std::u32string>& text,
                   const std::vector<std::u32string>& reference);

}  // namespace t5
