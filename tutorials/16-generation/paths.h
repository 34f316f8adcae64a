// A picture for chapter 16, as SVG text: what greedy search takes and what it misses.
#pragma once

#include <string>

namespace t5::tutorial {

// The lesson's example. A stream of probability 1 divides at each token; its height is the
// probability of everything so far.
std::string paths_svg();

}  // namespace t5::tutorial
