// Dropout (Srivastava et al. 2014): in training, each element is zeroed with probability `rate` and
// the others are scaled by 1 / (1 - rate), so that the expectation stays.
//
// The mask is a hash of (key, element number), drawn again in the backward pass instead of stored.
#pragma once

#include "autograd/var.h"
#include "tensor/random.h"

namespace t5 {

// Whether and how a forward pass drops: the one value that tells training from evaluation. The
// default is evaluation.
struct Dropout {
  real rate = 0;
  Random* random = nullptr;

  bool active() const { return rate > 0 && random != nullptr; }
};

// One drawn mask. keep(i) is 1 / (1 - rate) for elements that stay and 0 for dropped ones.
class DropoutMask {
 public:
  DropoutMask() = default;  // keeps everything
  explicit DropoutMask(const Dropout& dropout);

  bool active() const { return threshold_ > 0; }
  real scale() const { return scale_; }
  real keep(int64_t i) const {
    uint32_t draw = random_bits32(key_, static_cast<uint32_t>(i));
    return draw < threshold_ ? real(0) : scale_;
  }

  // x[j] *= keep(first + j) for j in [0, n)
  void apply(real* x, int64_t n, int64_t first) const {
    const DropoutMask mask = *this;  // a copy that no store to x can change: the loop vectorises
#pragma omp simd
    for (int64_t j = 0; j < n; ++j) x[j] *= mask.keep(first + j);
  }

 private:
  uint32_t key_ = 0, threshold_ = 0;
  real scale_ = 1;
};

Var dropout(const Var& x, const Dropout& dropout);

}  // namespace t5
