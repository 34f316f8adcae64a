// y = x W', and its two products backwards, accumulated by GEMM straight into the gradients.

#include "autograd/fused/fused.h"
#include "tensor/ops/matmul.h"
#include "tensor/ops/packed.h"

namespace t5 {

// y = x W';  dx += dy W,  dW += dy' x
Var linear(const Var& x, const Var& weight) {
  require(x.value().rank() == 2 && weight.value().rank() == 2 && x.dim(1) == weight.dim(1),
          "linear: input {} does not fit weight {}", x.shape(), weight.shape());
  if (weight.packed() != nullptr) return Var(weight.packed()->times(x.value()));
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

}  // namespace t5
