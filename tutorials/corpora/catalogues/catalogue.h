// Message catalogues in GNU's binary form, *.mo: what programs say, and its translation.
//
// The form (GNU gettext manual, "The Format of GNU MO Files"): 32-bit numbers in the byte order of
// the first, 0x950412de; how many messages there are; where two tables begin, each of (length,
// offset), of the messages and of their translations. "context\4message" is a message in a context;
// "one\0many" has a plural. The translation of "" is a header that names the encoding.
#pragma once

#include <string>
#include <vector>

namespace t5::corpus {

struct Message {
  std::string original, translation;  // without context; of a plural the first form
};

struct Catalogue {
  std::string encoding;           // as its header has it; "" without one
  std::vector<Message> messages;  // without the header and what is not translated; of UTF-8 alone
};

// `name` stands for the catalogue in errors. Throws Error for what is none, or is cut off.
Catalogue read_catalogue(const std::string& bytes, const std::string& name);

}  // namespace t5::corpus
