// The part of a SentencePiece model that the library uses without verifying it.
//
// A model is a protocol buffer. Its normaliser holds a "precompiled character map": a table of
// characters and what replaces them, stored as the memory of a double-array trie. A damaged one
// makes the library read outside its memory, so it is verified before use. Needs nothing.
#pragma once

#include <string>
#include <string_view>

namespace t5 {

// Throws Error, naming the file `name`, when a character map in the serialized model could lead
// outside its own memory.
void check_charsmaps(std::string_view serialized, const std::string& name);

}  // namespace t5
