// The picture of chapter 13, as SVG text: which tokens are hidden.
#pragma once

#include <cstdint>
#include <string>

namespace t5 {

// Each row a draw of the mask, each square a token: dark ones are hidden.
std::string masks_svg(int rows, int64_t length);

}  // namespace t5
