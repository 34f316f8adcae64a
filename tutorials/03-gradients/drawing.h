// A picture of the chain rule: a small graph with its values, its slopes and its gradients.
#pragma once

#include <string>

namespace t5 {

// y = x tanh x at x = 3, on the scalar tape: two paths from x to y, and their sum.
std::string slopes_svg();

}  // namespace t5
