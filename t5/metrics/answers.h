// Whether an answer is the one that was wanted: word for word, or in part.
#pragma once

#include <string>
#include <string_view>

#include "t5/metrics/words.h"

namespace t5 {

// Word for word the same, white space aside.
bool exact_match(std::string_view answer, std::string_view wanted);

// SQuAD's exact match: the same answer_words (words.h), so that "The cat." is "cat".
bool squad_exact_match(std::string_view answer, std::string_view wanted);

// SQuAD's F1, from 0 to 1, of two bags of words: a word counts as often as both have it. Where one
// of them has no words, 1 when the other has none either, else 0: so SQuAD 2.0 judges questions
// without an answer.
double bag_f1(const Words& answer, const Words& wanted);

}  // namespace t5
