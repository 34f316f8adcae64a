// Tables of Unicode's character database, as text: runs of characters in rising order.
//
// A run is a mark, the number of characters left out before it, `+` and how many more it has than
// one, and what belongs to its first character after `:`. All numbers are hexadecimal, and a zero
// is left out. Where a value belongs to a run, the first number of it rises with the characters.
#pragma once

#include <string_view>

namespace t5 {

// Marks: L letter, M mark, V digit or number that is a letter, N other number, P punctuation,
// J punctuation that joins words, S symbol, K symbol that is a letter (Ⓐ). (None is a hexadecimal
// digit.)
extern const std::string_view kCharacterClasses;
// =:the small letter. (U+0130, whose small form is two characters, is not here.)
extern const std::string_view kLowerCase;
// =:class, the same for the whole run.
extern const std::string_view kCombiningClasses;
// What a character is made of, one level. Marks: = canonical, ! canonical but never composed again,
// ~ compatible.
extern const std::string_view kDecompositions;

}  // namespace t5
