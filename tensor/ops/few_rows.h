// Products of a few rows with a large matrix: what every step of generation consists of.
#pragma once

#include <cstdint>

#include "tensor/real.h"

namespace t5 {

// gemm() multiplies so up to kFewRows rows with the transpose of a matrix of so many numbers.
constexpr int64_t kFewRows = 16, kLargeMatrix = 1 << 16;

// y[r, o] = alpha * sum_i x[r, i] w[o, i] + beta * y[r, o], for (rows, depth) x and (outputs,
// depth) w, rows of each contiguous and `*_stride` apart. Each row of w is read from memory once
// for all rows of x: the time is that of reading w as long as rows are few. BLAS' general product
// would first copy w into another order, which costs as much as reading it several times. A row's
// results have the same bits whatever other rows are there, and for any number of threads.
struct FewRows {
  int64_t rows, outputs, depth;
  const real* x;
  int64_t x_stride;
  const real* w;
  int64_t w_stride;
  real* y;
  int64_t y_stride;
  real alpha = 1, beta = 0;
};
void multiply_few_rows(const FewRows& p);

}  // namespace t5
