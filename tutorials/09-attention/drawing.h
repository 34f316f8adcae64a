// The pictures of chapter 09, as SVG text: what a head reads, and which scores a tile computes.
#pragma once

#include <string>

namespace t5::tutorial {

// Two heads of a fresh layer over five rows: Q, K and V with the columns of each head in its
// colour, the weights of both, and what the library's attention returns.
std::string heads_svg();

// The scores of `tokens` queries and keys, cut into tiles: all of them, and under a causal mask.
std::string tiles_svg(int64_t tokens);

}  // namespace t5::tutorial
