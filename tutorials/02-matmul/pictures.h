// Pictures of how a product is walked through: one small product in numbers, and a tile to scale.
#pragma once

#include <string>

namespace t5::lesson {

// One product twice: an element of c as a row times a column, a row of c as a sum of rows of b.
std::string orders_svg();

// What one call of multiply_tile reads and writes, beside the panel and the block that it is in.
std::string tile_svg();

}  // namespace t5::lesson
