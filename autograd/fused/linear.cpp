// y = x W', and its two products backwards, accumulated by GEMM straight into the gradients.

#include <algorithm>
#include <numeric>

#include "autograd/finite.h"
#include "autograd/fused/fused.h"
#include "tensor/error.h"
#include "tensor/ops/matmul.h"
#include "tensor/ops/quantized.h"

namespace t5 {
namespace {

// Calls use(rows, begin, end) for all rows of W, some at a time, as floats.
template <class Use>
void for_rows(const QuantizedMatrix& weight, const Use& use) {
  constexpr int64_t kTogether = 512;
  int64_t outputs = weight.shape()[0];
  for (int64_t begin = 0; begin < outputs; begin += kTogether) {
    int64_t end = std::min(begin + kTogether, outputs);
    Ids ids(end - begin);
    std::iota(ids.begin(), ids.end(), static_cast<Id>(begin));
    use(weight.rows(ids), begin, end);
  }
}

// y = x W' with a frozen W in fewer bits;  dx += dy W. Where that is recorded, the product is one
// of floats, so that dx is the gradient of y; elsewhere rows of x may be rounded, too, for speed.
Var linear_frozen(const Var& x, const Var& weight) {
  const QuantizedMatrix& w = *weight.quantized();
  if (!grad_enabled() || !x.requires_grad()) {
    Tensor y = w.times(x.value());
    FiniteOnly::check_result("linear", y);
    return Var(y);
  }
  Tensor y({x.dim(0), weight.dim(0)});
  for_rows(w, [&](const Tensor& rows, int64_t begin, int64_t end) {
    Tensor some = y.slice(1, begin, end);
    gemm(1, x.value(), rows.transpose(), 0, some);
  });
  return make_op("linear", y, {x, weight}, [x, weight](const Tensor& dy) {
    auto [dx, beta] = x.grad_target();
    for_rows(*weight.quantized(),
             [&, &dx = dx, &beta = beta](const Tensor& rows, int64_t begin, int64_t end) {
               gemm(1, dy.slice(1, begin, end), rows, begin == 0 ? beta : 1, dx);
             });
  });
}

}  // namespace

// y = x W';  dx += dy W,  dW += dy' x
Var linear(const Var& x, const Var& weight) {
  require(x.shape().rank() == 2 && weight.shape().rank() == 2 && x.dim(1) == weight.dim(1),
          "linear: input {} does not fit weight {}", x.shape(), weight.shape());
  if (weight.quantized() != nullptr) return linear_frozen(x, weight);
  // exercise 05-layers/linear — one product forwards, two backwards
  Tensor y({x.dim(0), weight.dim(0)});
  gemm(1, x.value(), weight.value().transpose(), 0, y);
  return make_op("linear", y, {x, weight}, [x, weight](const Tensor& dy) {
    if (x.requires_grad()) {
      auto [dx, beta] = x.grad_target();
      gemm(1, dy, weight.value(), beta, dx);
    }
    if (weight.requires_grad()) {
      auto [dweight, beta] = weight.grad_target();
      gemm(1, dy.transpose(), x.value(), beta, dweight);
    }
  });
  // end exercise
}

// z = y + x W';  dy += dz,  dx += dz W,  dW += dz' x
Var add_linear(Var y, const Var& x, const Var& weight) {
  require(y.shape().rank() == 2 && y.dim(0) == x.dim(0) && y.dim(1) == weight.dim(0) &&
              x.dim(1) == weight.dim(1),
          "add_linear: {} + {} x {}", y.shape(), x.shape(), weight.shape());
  bool overwrites = y.sole_owner() && y.value().contiguous();
  Tensor z = overwrites ? y.value() : y.value().contiguous_copy();
  gemm(1, x.value(), weight.value().transpose(), 1, z);
  return make_op("add_linear", z, {y, x, weight}, [y, x, weight](const Tensor& dz) {
    y.add_grad(dz);
    if (x.requires_grad()) {
      auto [dx, beta] = x.grad_target();
      gemm(1, dz, weight.value(), beta, dx);
    }
    if (weight.requires_grad()) {
      auto [dweight, beta] = weight.grad_target();
      gemm(1, dz.transpose(), x.value(), beta, dweight);
    }
  });
}

}  // namespace t5
