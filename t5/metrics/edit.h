// TER, the translation edit rate: how many words have to be inserted, deleted, replaced or moved,
// as runs, to make the reference of a text (Snover et al. 2006).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "t5/metrics/words.h"

namespace t5 {

// The fewest insertions, deletions and replacements of single words (Levenshtein's distance).
// Looked for within 25 words of the diagonal, as sacreBLEU's TER does.
int64_t edit_distance(std::u32string_view text, std::u32string_view reference);

// The same where a run of up to 10 words, that the reference has elsewhere, may be moved at the
// price of one edit: greedily, the move first that saves the most. This is sacreBLEU's, and
// Tercom's, search: its limits and the order of equally good moves are theirs.
int64_t edits_with_moves(std::u32string_view text, std::u32string_view reference);

struct TerCounts {
  double edits = 0, reference_length = 0;

  TerCounts& operator+=(const TerCounts& other);
};

// Against the reference that takes the fewest edits; the length is the mean of all of them.
TerCounts ter_counts(std::u32string_view text, const std::vector<std::u32string>& references);

// 100 times the edits a word of the reference; 100 where there are edits and no words. It can be
// larger than 100, and the smaller, the better.
double ter(const TerCounts& counts);

}  // namespace t5
