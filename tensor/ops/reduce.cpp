#include "tensor/ops/reduce.h"

#include <algorithm>
#include <cmath>

#include "tensor/ops/elementwise.h"
#include "tensor/ops/math.h"

namespace t5 {
namespace {

// Folds one axis: y = fold(y, x) for each index of the axis, in order.
template <class Fold>
Tensor fold_axis(const Tensor& x, int axis, const Fold& fold) {
  axis = x.shape().checked_axis(axis);
  require(x.dim(axis) > 0, "reduce: axis {} of {} is empty", axis, x.shape());
  Tensor y = x.slice(axis, 0, 1).contiguous_copy();
  for (int64_t i = 1; i < x.dim(axis); ++i) update(fold, y, x.slice(axis, i, i + 1));
  return y;
}

// The last axis is contiguous: each row folds into one number.
template <class RowFold>
Tensor fold_rows(const Tensor& x, const RowFold& fold) {
  Shape shape = x.shape();
  int64_t n = shape[-1];
  shape[-1] = 1;
  int64_t rows = shape.size();
  Tensor dense = x.as_contiguous(), y(shape);
  const real* in = dense.data();
  real* out = y.mutable_data();
  parallel_for(rows, kElementGrain / std::max<int64_t>(n, 1), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) out[r] = fold(in + r * n, n);
  });
  return y;
}

// A new tensor whose rows are x's, changed in place by `change(row, n)`.
template <class RowChange>
Tensor change_rows(const Tensor& x, const RowChange& change) {
  Tensor y = x.contiguous_copy();
  int64_t n = y.dim(-1), rows = n == 0 ? 0 : y.size() / n;
  real* data = y.mutable_data();
  parallel_for(rows, kElementGrain / std::max<int64_t>(n, 1), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) change(data + r * n, n);
  });
  return y;
}

}  // namespace

Tensor sum(const Tensor& x) {
  Tensor row = fold_rows(x.reshape({1, x.size()}), [](const real* in, int64_t n) {
    return simd_sum(n, [in](int64_t i) { return in[i]; });
  });
  return row.reshape({});
}

Tensor sum(const Tensor& x, int axis) {
  if (x.shape().checked_axis(axis) == x.rank() - 1)
    return fold_rows(x, [](const real* in, int64_t n) {
      return simd_sum(n, [in](int64_t i) { return in[i]; });
    });
  if (x.dim(axis) == 0) {
    Shape shape = x.shape();
    shape[axis] = 1;
    return Tensor::zeros(shape);
  }
  return fold_axis(x, axis, [](real y, real v) { return y + v; });
}

Tensor maximum(const Tensor& x, int axis) {
  return fold_axis(x, axis, [](real y, real v) { return std::max(y, v); });
}

// Broadcasting copied each element of a small tensor to several places; what came from one element
// is added up again.
Tensor sum_to(const Tensor& x, const Shape& shape) {
  // exercise 04-autograd/sum-to — the way back from broadcasting
  Tensor y = x;
  int extra = x.rank() - shape.rank();
  for (int axis = 0; axis < x.rank(); ++axis)
    if (axis < extra || (shape[axis - extra] == 1 && x.dim(axis) != 1)) y = sum(y, axis);
  return y.reshape(shape);
  // end exercise
}

double squared_norm(const Tensor& x) {
  require(x.contiguous(), "squared_norm: {} must be contiguous", x.shape());
  constexpr int64_t kBlock = 4096;  // short enough that a block's sum loses little in float
  int64_t blocks = (x.size() + kBlock - 1) / kBlock;
  std::vector<double> sums(blocks);  // added in order below: the same for any number of threads
  parallel_for(blocks, 8, [&, data = x.data()](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b)
      sums[b] = simd_sum(std::min(kBlock, x.size() - b * kBlock),
                         [p = data + b * kBlock](int64_t i) { return p[i] * p[i]; });
  });
  double total = 0;
  for (double sum : sums) total += sum;
  return total;
}

real log_sum_exp(const real* x, int64_t n) {
  real highest = simd_max(n, [x](int64_t i) { return x[i]; });
  return highest + std::log(simd_sum(n, [=](int64_t i) { return exp_fast(x[i] - highest); }));
}

real softmax_row(real* x, int64_t n) {
  if (n == 0) return 0;
  // exercise 09-attention/softmax — scores become weights, whatever their size
  real highest = simd_max(n, [x](int64_t i) { return x[i]; });
  real total = simd_sum(n, [=](int64_t i) { return x[i] = exp_fast(x[i] - highest); });
  real scale = 1 / total;
  for (int64_t i = 0; i < n; ++i) x[i] *= scale;
  return highest + std::log(total);
  // end exercise
}

Tensor softmax(const Tensor& x) {
  return change_rows(x, [](real* row, int64_t n) { softmax_row(row, n); });
}

Tensor log_softmax(const Tensor& x) {
  return change_rows(x, [](real* row, int64_t n) {
    real log_total = log_sum_exp(row, n);
    for (int64_t i = 0; i < n; ++i) row[i] -= log_total;
  });
}

Ids argmax(const Tensor& x) {
  Tensor dense = x.as_contiguous();
  int64_t n = x.dim(-1), rows = n == 0 ? 0 : x.size() / n;
  Ids best(rows);
  const real* data = dense.data();
  for (int64_t r = 0; r < rows; ++r, data += n)
    best[r] = static_cast<Id>(std::max_element(data, data + n) - data);
  return best;
}

}  // namespace t5
