// Gradients against finite differences: the judge of every op in this library.
//
// Central differences know nothing of the chain rule: they only run the function forwards, so they
// share no mistake with the backward pass that they judge. They cost two runs per element of every
// input, which small tensors can afford.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "autograd/var.h"

namespace t5 {

// The step h of the differences, near the one with the least error (chapter 03 derives it): the
// cube root of the rounding of one number, times a little.
constexpr double kDifferenceStep = kDoublePrecision ? 1e-5 : 1e-2;

// What a gradient check may be off by. Central differences err by h^2 from curvature and by
// rounding / h: 1e-2 in float and 1e-6 in double leave room for both.
constexpr double kGradTolerance = kDoublePrecision ? 1e-6 : 1e-2;

// A number that depends on tensors.
using Loss = std::function<double(const std::vector<Tensor>& inputs)>;

// dloss/dx[i] for each element i, row by row, of x = inputs[which]: (L(x + h) - L(x - h)) / 2h.
// The tensors of `inputs` themselves are never written.
std::vector<double> central_differences(const Loss& loss, const std::vector<Tensor>& inputs,
                                        size_t which, double step = kDifferenceStep);

// A function of tensors, and its gradient written by hand: from the inputs and dy, the gradient of
// <dy, forward(inputs)> with respect to each input.
using TensorFunction = std::function<Tensor(const std::vector<Tensor>& inputs)>;
using TensorBackward =
    std::function<std::vector<Tensor>(const std::vector<Tensor>& inputs, const Tensor& dy)>;

// Compares what `backward` gives for L = <c, forward(inputs)>, c random, with central differences
// of L, for every element of every input. Two numbers agree when they are within tolerance * (1 +
// |the difference quotient|). A random cotangent c matters: with c = 1 a wrong softmax gradient
// cannot be seen, because softmax rows sum to 1. Returns "" when all agree, or one line that names
// input, index, both values.
std::string check_backward(const TensorFunction& forward, const TensorBackward& backward,
                           const std::vector<Tensor>& inputs, Random& random,
                           double tolerance = kGradTolerance);

// The same for a function of Vars, with the gradients that the tape gives.
using Function = std::function<Var(const std::vector<Var>& inputs)>;
std::string grad_check(const Function& f, const std::vector<Tensor>& inputs, Random& random,
                       double tolerance = kGradTolerance);

}  // namespace t5
