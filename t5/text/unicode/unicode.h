// What Unicode says of characters: white space, letters, digits, punctuation, case, and the forms
// in which one text can be written. The tables are in unicode_data.h.
//
// Texts are UTF-8; a byte that is not part of it counts as a character of no class.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace t5 {

// The character that `text`, which is not empty, begins with.
struct Character {
  char32_t code;  // U+FFFD for a byte that is not UTF-8
  size_t length;  // bytes
};
Character first_character(std::string_view text);
void append_utf8(char32_t code, std::string& text);

bool is_space(char32_t code);        // White_Space
bool is_word(char32_t code);         // \w: letters, marks, digits, what joins words
bool is_numeric(char32_t code);      // categories N*
bool is_punctuation(char32_t code);  // categories P*, and ASCII's symbols
bool is_symbol(char32_t code);       // categories S*
bool is_mark(char32_t code);         // categories M*

// How many bytes of white space a text begins with, or ends with.
size_t space_length(std::string_view text);
size_t space_length_at_end(std::string_view text);
bool begins_with_word(std::string_view text);
bool ends_with_word(std::string_view text);

// The bytes of what a reader takes for the first character: a letter with its marks, or CR LF.
size_t grapheme_length(std::string_view text);

// Whether there is something to see in a text: not white space, controls and joiners alone.
bool is_visible(std::string_view text);

std::string lower_case(std::string_view text);

}  // namespace t5
