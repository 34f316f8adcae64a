#include "autograd/tools/grad_check.h"

#include <cmath>

#include "tensor/error.h"

namespace t5 {
namespace {

// <a, b>: the sum of the products of elements, added up in double precision.
double inner_product(const Tensor& a, const Tensor& b) {
  std::vector<real> p = a.to_vector(), q = b.to_vector();
  double total = 0;
  for (size_t i = 0; i < p.size(); ++i) total += static_cast<double>(p[i]) * q[i];
  return total;
}

}  // namespace

std::vector<double> central_differences(const Loss& loss, const std::vector<Tensor>& inputs,
                                        size_t which, double step) {
  // exercise 03-gradients/central-differences — the slope between two points close by
  std::vector<Tensor> point;
  for (const Tensor& input : inputs) point.push_back(input.contiguous_copy());
  real* x = point[which].mutable_data();
  std::vector<double> slopes;
  for (int64_t i = 0; i < point[which].size(); ++i) {
    const real before = x[i], above = static_cast<real>(before + step),
               below = static_cast<real>(before - step);
    x[i] = above;
    double high = loss(point);
    x[i] = below;
    double low = loss(point);
    x[i] = before;
    // Divided by the step that was made, which rounding has changed, not by the one that was meant.
    slopes.push_back((high - low) / (static_cast<double>(above) - below));
  }
  return slopes;
  // end exercise
}

std::string check_backward(const TensorFunction& forward, const TensorBackward& backward,
                           const std::vector<Tensor>& inputs, Random& random, double tolerance) {
  // exercise 03-gradients/checker — the judge: a random cotangent, and a comparison that NaN fails
  Tensor cotangent = Tensor::normal(forward(inputs).shape(), random);
  Loss loss = [&](const std::vector<Tensor>& x) { return inner_product(forward(x), cotangent); };
  std::vector<Tensor> gradients = backward(inputs, cotangent);
  for (size_t k = 0; k < inputs.size(); ++k) {
    if (!gradients[k].defined()) return fmt::format("input {} received no gradient", k);
    const Shape& shape = inputs[k].shape();
    if (gradients[k].shape() != shape)
      return fmt::format("input {} of {} received a gradient of {}", k, shape,
                         gradients[k].shape());
    std::vector<real> received = gradients[k].to_vector();
    std::vector<double> expected = central_differences(loss, inputs, k);
    for (size_t i = 0; i < expected.size(); ++i) {
      bool agree = std::abs(received[i] - expected[i]) <= tolerance * (1 + std::abs(expected[i]));
      if (!agree)  // a NaN agrees with nothing
        return fmt::format("input {}, element {} of {}: backward gives {}, differences give {}", k,
                           i, shape, received[i], expected[i]);
    }
  }
  return "";
  // end exercise
}

std::string grad_check(const Function& f, const std::vector<Tensor>& inputs, Random& random,
                       double tolerance) {
  auto forward = [&f](const std::vector<Tensor>& values) {
    NoGrad no_grad;
    return f(std::vector<Var>(values.begin(), values.end())).value();
  };
  auto backward = [&f](const std::vector<Tensor>& values, const Tensor& dy) {
    std::vector<Var> leaves;
    for (const Tensor& value : values) leaves.emplace_back(value, true);
    f(leaves).backward(dy);
    std::vector<Tensor> gradients;
    for (const Var& leaf : leaves) gradients.push_back(leaf.grad());
    return gradients;
  };
  return check_backward(forward, backward, inputs, random, tolerance);
}

}  // namespace t5
