// A picture of what follows what: counted beside learned.
#pragma once

#include <string>

#include "tutorials/08-embeddings/bigram.h"

namespace t5 {

// The probability of each of some words (columns) after each of them (rows), twice.
std::string bigram_map(const Bigram& model, const Tensor& counts, const WordText& text);

}  // namespace t5
