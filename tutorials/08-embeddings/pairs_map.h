// The picture of chapter 08, as SVG text: what follows what.
#pragma once

#include <string>

#include "tutorials/08-embeddings/bigram.h"

namespace t5 {

// The probability p, (V, V), of some words (columns) after each of them (rows).
std::string pairs_map(const char* title, const Tensor& p, const WordText& text);

}  // namespace t5
