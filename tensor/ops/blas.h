// Matrix products on raw memory, through OpenBLAS. The only way to it: blas.cpp alone includes
// cblas.
//
// OpenBLAS picks its kernels for the processor when it is loaded. A release older than the
// processor falls back to its oldest kernels, a tenth of the speed; blas.cpp then chooses the best
// that the processor can run, unless the user set OPENBLAS_CORETYPE.
#pragma once

#include <cstdint>
#include <string>

#include "tensor/real.h"

namespace t5 {

// A matrix in memory: element (i, j) is data[i * row_stride + j], or data[j * row_stride + i] when
// it is stored transposed.
template <class T>
struct MatrixOf {
  T* data;
  int64_t rows, columns;
  int64_t row_stride;
  bool transposed = false;
};
using Matrix = MatrixOf<real>;
using ConstMatrix = MatrixOf<const real>;

// C = alpha A B + beta C, with (m, k) x (k, n) -> (m, n) and C not transposed. beta = 0 overwrites
// C whatever it holds. A single row or column runs as a matrix-vector product, which reads a matrix
// four times faster. Shapes are the caller's responsibility.
void gemm(real alpha, const ConstMatrix& a, const ConstMatrix& b, real beta, const Matrix& c);

std::string blas_core();     // the kernels in use, e.g. "SkylakeX"
std::string blas_version();  // e.g. "OpenBLAS 0.3.21"

}  // namespace t5
