// A picture of three optimisers in a valley: steep across, flat along.
#pragma once

#include <string>

namespace t5::tutorial {

// L = (50 p^2 + q^2) / 2, 40 steps of the library's optimisers from one place.
std::string valley_svg();

}  // namespace t5::tutorial
