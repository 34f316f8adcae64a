#include "autograd/ops/dropout.h"

#include "tensor/error.h"

namespace t5 {

DropoutMask::DropoutMask(const Dropout& dropout) {
  if (!dropout.active()) return;
  check(dropout.rate < 1, "dropout: rate {} drops everything; it must be below 1", dropout.rate);
  // exercise 11-encoder/dropout — a key of its own, the share that falls, and what makes up for it
  uint64_t drawn = dropout.random->bits();
  key_ = static_cast<uint32_t>(drawn >> 32);
  // keep(i) drops the elements whose 32 random bits, as a number, lie below the threshold.
  threshold_ = static_cast<uint32_t>(static_cast<double>(dropout.rate) * 0x1p32);
  scale_ = 1 / (1 - dropout.rate);
  // end exercise
}

namespace {

// y[i] = x[i] * keep(i)
Tensor apply(const DropoutMask& mask, const Tensor& x) {
  Tensor dense = x.as_contiguous(), y(x.shape());
  const real* in = dense.data();
  real* out = y.mutable_data();
  parallel_for(x.size(), kElementGrain, [=](int64_t begin, int64_t end) {
    const DropoutMask own = mask;  // see DropoutMask::apply
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) out[i] = in[i] * own.keep(i);
  });
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
