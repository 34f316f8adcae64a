// How the metrics read a text: as words, each metric by a rule of its own, or as characters.
//
// The rules are those of the packages that the metrics are known by, to the letter: a score can be
// compared only with one that counts the same words. White space is Python's: Unicode's, and U+001C
// to U+001F.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace t5 {

using Words = std::vector<std::string>;

// What stands between white space.
Words split_words(std::string_view text);

// BLEU's words, of sacreBLEU's tokenizers. "13a": the Western punctuation of WMT's mteval-v13a, and
// a few XML entities; "intl": every punctuation and symbol of Unicode; "char": each character;
// "none": what stands between white space.
Words bleu_words(std::string_view text, const std::string& tokenize);

// ROUGE's words, of rouge_score: runs of a-z and 0-9 of the text in lower case; with `stemmer`,
// those of more than three letters without their endings.
Words rouge_words(std::string_view text, bool stemmer);

// SQuAD's words: in lower case, without ASCII's punctuation and the articles a, an, the.
Words answer_words(std::string_view text);

// chrF++'s words: one mark of punctuation at the end, or else at the beginning, is a word.
Words chrf_words(std::string_view text);

// A text's characters; with `spaces` false, without its white space.
std::u32string characters_of(std::string_view text, bool spaces = true);

// Words as numbers, equal ones by the same: a string in which an n-gram is a substring. One
// numbering serves all the texts that are to be compared.
using Numbering = std::unordered_map<std::string, char32_t>;
std::u32string numbered(const Words& words, Numbering& numbering);

}  // namespace t5
