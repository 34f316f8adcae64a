#include "autograd/ops/dropout.h"

#include "tensor/error.h"

namespace t5 {

DropoutMask::DropoutMask(const Dropout& dropout) {
  if (!dropout.active()) return;
  check(dropout.rate < 1, "dropout: rate {} drops everything; it must be below 1", dropout.rate);
  key_ = static_cast<uint32_t>(dropout.random->bits() >> 32);
  threshold_ = static_cast<uint32_t>(static_cast<double>(dropout.rate) * 0x1p32);
  scale_ = 1 / (1 - dropout.rate);
}

namespace {

// y[i] = x[i] * keep(i)
Tensor apply(const DropoutMask& mask, const Tensor& x) {
  Tensor y = x.contiguous_copy();
  real* out = y.data();
  parallel_for(y.size(), kElementGrain,
               [&](int64_t begin, int64_t end) { mask.apply(out + begin, end - begin, begin); });
  return y;
}

}  // namespace

// y = x keep;  dx += dy keep
Var dropout(const Var& x, const Dropout& dropout) {
  if (!dropout.active()) return x;
  DropoutMask mask(dropout);
  return make_op("dropout", apply(mask, x.value()), {x},
                 [x, mask](const Tensor& dy) { x.add_grad(apply(mask, dy)); });
}

}  // namespace t5
