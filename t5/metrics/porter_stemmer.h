// Words without their endings: "relational", "relate" and "relating" become "relat".
//
// Porter, "An algorithm for suffix stripping" (Program 14.3, 1980), with the changes that NLTK's
// stemmer has in its usual mode, which is rouge_score's: a table of irregular words, and gentler
// rules for y, -ies, -ied, -alli, -fulli and -logi.
#pragma once

#include <string>

namespace t5 {

// `word` is in lower case; one of at most two letters stays as it is.
std::string porter_stem(std::string word);

}  // namespace t5
