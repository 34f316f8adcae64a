// RMS norm: one pass forward, two backward.

#include <cmath>

#include "autograd/fused/fused.h"
#include "tensor/ops/math.h"

namespace t5 {
namespace {

// y = x r w, row by row; keeps r, one number for each row.
void normalise(const Tensor& x, const Tensor& weight, real epsilon, Tensor& r, Tensor& y) {
  int64_t rows = x.dim(0), m = x.dim(1);
  const real *in = x.data(), *w = weight.data();
  real *scales = r.mutable_data(), *out = y.mutable_data();
  // exercise 11-encoder/rms-norm — each row divided by the root of its mean square
  parallel_for(rows, kElementGrain / m, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const real* xr = in + row * m;
      real* yr = out + row * m;
      real squares = simd_sum(m, [=](int64_t i) { return xr[i] * xr[i]; });
      real s = 1 / std::sqrt(squares / static_cast<real>(m) + epsilon);
      for (int64_t i = 0; i < m; ++i) yr[i] = xr[i] * s * w[i];
      scales[row] = s;
    }
  });
  // end exercise
}

// forward was: y[i] = x[i] r w[i],  r = (mean(x^2) + epsilon)^(-1/2)
// so:          dx[i] = beta dx[i] + r w[i] dy[i] - x[i] r^3 / M * sum_j w[j] dy[j] x[j]
void input_gradient(const Tensor& dy, const Tensor& x, const Tensor& weight, const Tensor& r,
                    Tensor& dx, real beta) {
  int64_t rows = x.dim(0), m = x.dim(1);
  const real *g = dy.data(), *in = x.data(), *w = weight.data(), *scales = r.data();
  real* out = dx.mutable_data();
  // exercise 11-encoder/rms-norm-gradient — the direct share, less what r takes back
  parallel_for(rows, kElementGrain / m, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const real *gr = g + row * m, *xr = in + row * m;
      real* dr = out + row * m;
      real s = scales[row];
      real inner = simd_sum(m, [=](int64_t i) { return w[i] * gr[i] * xr[i]; });
      real pull = inner * s * s * s / static_cast<real>(m);
      if (beta == 0)  // dx holds nothing yet, not even zeros
        for (int64_t i = 0; i < m; ++i) dr[i] = s * w[i] * gr[i] - pull * xr[i];
      else
        for (int64_t i = 0; i < m; ++i) dr[i] += s * w[i] * gr[i] - pull * xr[i];
    }
  });
  // end exercise
}

// dweight[i] += sum over rows of dy x r. Split by columns: every sum is added in the same order for
// any number of threads.
void weight_gradient(const Tensor& dy, const Tensor& x, const Tensor& r, Tensor& dweight) {
  int64_t rows = x.dim(0), m = x.dim(1);
  const real *g = dy.data(), *in = x.data(), *scales = r.data();
  real* out = dweight.mutable_data();
  parallel_for(m, kElementGrain / std::max<int64_t>(rows, 1), [&](int64_t begin, int64_t end) {
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t i = begin; i < end; ++i)
        out[i] += g[row * m + i] * in[row * m + i] * scales[row];
  });
}

}  // namespace

// y[i] = x[i] r w[i] with r = 1 / sqrt(mean(x^2) + epsilon)
Var rms_norm(const Var& x, const Var& weight, real epsilon) {
  require(x.value().rank() == 2 && weight.shape() == Shape({x.dim(1)}),
          "rms_norm: input {} does not fit weight {}", x.shape(), weight.shape());
  require(x.dim(1) > 0, "rms_norm: the rows of {} are empty", x.shape());
  Tensor input = x.value().as_contiguous(), scale = weight.value().as_contiguous();
  Tensor y(x.shape()), r({x.dim(0)});
  normalise(input, scale, epsilon, r, y);
  return make_op("rms_norm", y, {x, weight}, [x, weight, input, scale, r](const Tensor& dy) {
    if (x.requires_grad()) {
      auto [dx, beta] = x.grad_target();
      input_gradient(dy, input, scale, r, dx, beta);
    }
    if (weight.requires_grad()) {
      auto [dweight, beta] = weight.grad_target();
      if (beta == 0) dweight.fill(0);
      weight_gradient(dy, input, r, dweight);
    }
  });
}

}  // namespace t5
