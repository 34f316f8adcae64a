#include "autograd/tools/grad_check.h"

#include <cmath>

namespace t5 {
namespace {

double inner_product(const Tensor& a, const Tensor& b) {
  std::vector<real> p = a.to_vector(), q = b.to_vector();
  double total = 0;
  for (size_t i = 0; i < p.size(); ++i) total += static_cast<double>(p[i]) * q[i];
  return total;
}

// L = <cotangent, f(values)>, without recording.
double loss(const Function& f, const std::vector<Tensor>& values, const Tensor& cotangent) {
  NoGrad no_grad;
  std::vector<Var> inputs;
  for (const Tensor& value : values) inputs.emplace_back(value.contiguous_copy());
  return inner_product(f(inputs).value(), cotangent);
}

}  // namespace

std::string grad_check(const Function& f, const std::vector<Tensor>& inputs, Random& random,
                       double tolerance) {
  std::vector<Var> leaves;
  for (const Tensor& input : inputs) leaves.emplace_back(input, true);
  Var y = f(leaves);
  Tensor cotangent = Tensor::normal(y.shape(), random);
  y.backward(cotangent);

  const double step = kDoublePrecision ? 1e-5 : 1e-2;
  std::vector<Tensor> values;
  for (const Tensor& input : inputs) values.push_back(input.contiguous_copy());
  for (size_t k = 0; k < values.size(); ++k) {
    if (!leaves[k].grad().defined()) return fmt::format("input {} received no gradient", k);
    std::vector<real> received = leaves[k].grad().to_vector();
    real* x = values[k].data();
    for (int64_t i = 0; i < values[k].size(); ++i) {
      real before = x[i];
      x[i] = before + static_cast<real>(step);
      double above = loss(f, values, cotangent);
      x[i] = before - static_cast<real>(step);
      double expected = (above - loss(f, values, cotangent)) / (2 * step);
      x[i] = before;
      if (!(std::abs(received[i] - expected) <= tolerance * (1 + std::abs(expected))))
        return fmt::format("input {}, element {} of {}: backward gives {}, differences give {}", k,
                           i, values[k].shape(), received[i], expected);
    }
  }
  return "";
}

}  // namespace t5
