// Matrix products on raw memory, through OpenBLAS, or a Mac's Accelerate where there is no OpenBLAS.
// The only way to it: blas.cpp alone includes cblas.
//
// OpenBLAS picks its kernels for the processor when it is loaded. A release older than the
// processor falls back to its oldest kernels, a tenth of the speed; blas.cpp then chooses the best
// that the processor can run, unless the user set OPENBLAS_CORETYPE.
//
// That choice is made once, at the first product or by prepare_blas(). OpenBLAS takes it from the
// environment alone: for a moment OPENBLAS_CORETYPE is set, and then removed. A program whose own
// threads read the environment, or multiply through OpenBLAS, calls prepare_blas() before it starts
// them; `t5` does in main. Nothing else of the process changes: OpenMP's number of threads is one
// during a product, and afterwards what the calling thread had.
//
// Threads: several may multiply at once.
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

void prepare_blas();  // chooses the kernels, if no product has

std::string blas_core();     // the kernels in use, e.g. "SkylakeX"
std::string blas_version();  // e.g. "OpenBLAS 0.3.21", "Accelerate"

}  // namespace t5
