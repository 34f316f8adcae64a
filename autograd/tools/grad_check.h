// Gradients against finite differences: the judge of every op in this library.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "autograd/var.h"

namespace t5 {

// What a gradient check may be off by. Central differences err by h^2 from curvature and by
// rounding / h: with the steps of grad_check, 1e-2 in float and 1e-6 in double leave room for both.
constexpr double kGradTolerance = kDoublePrecision ? 1e-6 : 1e-2;

using Function = std::function<Var(const std::vector<Var>& inputs)>;

// Compares the gradients that backward() gives for L = <c, f(inputs)>, c random, with
// (L(x + h) - L(x - h)) / 2h for every element of every input. A random cotangent c matters: with
// c = 1 a wrong softmax gradient cannot be seen, because softmax rows sum to 1.
// Returns "" when all agree, or one line that names input, index, both values.
std::string grad_check(const Function& f, const std::vector<Tensor>& inputs, Random& random,
                       double tolerance = kGradTolerance);

}  // namespace t5
