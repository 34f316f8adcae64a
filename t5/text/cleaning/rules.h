// What the steps of cleaning.h do to one text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace t5 {

// Without <tags> and <!-- comments -->, a blank in the place of each; with the character for &amp;
// &lt; &gt; &quot; &apos; &nbsp; and &#233; &#xe9;. A < that opens no tag (a < b) stays.
std::string without_markup(const std::string& text);

// One blank between what white space separates, none around it; characters that cannot be seen and
// control something (but joiners, which join letters) are left out.
std::string one_blank_between_words(const std::string& text);

int64_t character_count(const std::string& text);

// The share of the letters of known scripts that are of these; 1 when there is none. An unknown
// script throws, with the list.
double script_share(const std::string& text, const std::vector<std::string>& scripts);

// Ends in . ! ? or a quotation mark, and not in an ellipsis.
bool has_terminal_punctuation(const std::string& text);

// How many runs of . ! ? (and 。！？) end words or the text.
int64_t sentence_count(const std::string& text);

// Whether one of the phrases, in small letters, stands in the text in letters of any case, with no
// word going on before or after it.
bool holds_phrase(const std::string& text, const std::vector<std::string>& phrases);

}  // namespace t5
