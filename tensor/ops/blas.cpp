#include "tensor/ops/blas.h"

#include <cblas.h>
#include <dlfcn.h>

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <string_view>

#include "tensor/parallel.h"

namespace t5 {
namespace {

// The best set of kernels for this processor, or null when OpenBLAS' own choice stands.
const char* better_core(std::string_view chosen) {
#if defined(__x86_64__)
  bool chosen_avx512 = chosen == "SkylakeX" || chosen == "Cooperlake" || chosen == "SapphireRapids";
  bool chosen_avx2 = chosen == "Haswell" || chosen == "Zen" || chosen_avx512;
  bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (has_avx512 && !chosen_avx512 && chosen != "Zen") return "SkylakeX";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && !chosen_avx2)
    return "Haswell";
#endif
  return nullptr;
}

// OpenBLAS reads OPENBLAS_CORETYPE once, when it is loaded, before any code of ours. Its shared
// library exports the pair of functions that undo and redo that choice; where they are missing (a
// build for one processor only) there is nothing to choose.
bool choose_core() {
  const char* better = better_core(blas_core());
  if (better == nullptr || std::getenv("OPENBLAS_CORETYPE") != nullptr) return false;
  auto quit = reinterpret_cast<void (*)()>(dlsym(RTLD_DEFAULT, "gotoblas_dynamic_quit"));
  auto init = reinterpret_cast<void (*)()>(dlsym(RTLD_DEFAULT, "gotoblas_dynamic_init"));
  if (quit == nullptr || init == nullptr) return false;
  setenv("OPENBLAS_CORETYPE", better, 1);
  quit();
  init();
  unsetenv("OPENBLAS_CORETYPE");
  return true;
}
const bool core_chosen = choose_core();

// The product functions for `real`.
constexpr auto cblas_gemm = [] {
  if constexpr (kDoublePrecision)
    return &cblas_dgemm;
  else
    return &cblas_sgemm;
}();
constexpr auto cblas_gemv = [] {
  if constexpr (kDoublePrecision)
    return &cblas_dgemv;
  else
    return &cblas_sgemv;
}();

// cblas takes its sizes as int; every matrix this library makes is far smaller.
int to_int(int64_t n) {
  assert(n <= INT32_MAX);
  return static_cast<int>(n);
}

CBLAS_TRANSPOSE transpose_flag(bool transposed) { return transposed ? CblasTrans : CblasNoTrans; }

// y = alpha A x + beta y, with x and y strided vectors.
void gemv(real alpha, const ConstMatrix& a, const real* x, int64_t x_step, real beta, real* y,
          int64_t y_step) {
  // As stored, A has `columns` x `rows` when it is transposed.
  int stored_rows = to_int(a.transposed ? a.columns : a.rows);
  int stored_columns = to_int(a.transposed ? a.rows : a.columns);
  cblas_gemv(CblasRowMajor, transpose_flag(a.transposed), stored_rows, stored_columns, alpha,
             a.data, to_int(a.row_stride), x, to_int(x_step), beta, y, to_int(y_step));
}

// A product of middling size is split into blocks of rows, one call per thread: OpenBLAS' own
// threads meet several times within a product, which costs a third of the speed at (620, 128) x
// (128, 128). For large ones it shares the packing of B and is faster; small ones are not worth a
// fork.
constexpr int64_t kRowBlock = 16;
constexpr int64_t kForkWork = int64_t{1} << 18;  // multiply-adds
constexpr int64_t kBlasThreadsWork = int64_t{1} << 29;

// Rows [begin, end) of C = alpha A B + beta C.
void multiply_rows(real alpha, const ConstMatrix& a, const ConstMatrix& b, real beta,
                   const Matrix& c, int64_t begin, int64_t end) {
  const real* first = a.data + begin * (a.transposed ? 1 : a.row_stride);
  cblas_gemm(CblasRowMajor, transpose_flag(a.transposed), transpose_flag(b.transposed),
             to_int(end - begin), to_int(c.columns), to_int(a.columns), alpha, first,
             to_int(a.row_stride), b.data, to_int(b.row_stride), beta,
             c.data + begin * c.row_stride, to_int(c.row_stride));
}

// The step between consecutive elements along a matrix' row (or column).
int64_t row_step(const ConstMatrix& m) { return m.transposed ? m.row_stride : 1; }
int64_t column_step(const ConstMatrix& m) { return m.transposed ? 1 : m.row_stride; }

}  // namespace

void gemm(real alpha, const ConstMatrix& a, const ConstMatrix& b, real beta, const Matrix& c) {
  assert(a.columns == b.rows && c.rows == a.rows && c.columns == b.columns && !c.transposed);
  if (c.rows == 0 || c.columns == 0) return;
  if (a.columns == 0) {  // C = beta C, which BLAS' gemv would leave out
    for (int64_t i = 0; i < c.rows; ++i)
      for (real *x = c.data + i * c.row_stride, *end = x + c.columns; x != end; ++x)
        *x = beta == 0 ? 0 : beta * *x;
    return;
  }
  if (c.rows == 1) {  // c' = B' a'
    ConstMatrix bt{b.data, b.columns, b.rows, b.row_stride, !b.transposed};
    return gemv(alpha, bt, a.data, row_step(a), beta, c.data, 1);
  }
  if (c.columns == 1) return gemv(alpha, a, b.data, column_step(b), beta, c.data, c.row_stride);
  int64_t work = c.rows * c.columns * a.columns;
  if (work < kForkWork || work > kBlasThreadsWork)
    return multiply_rows(alpha, a, b, beta, c, 0, c.rows);
  int64_t blocks = (c.rows + kRowBlock - 1) / kRowBlock;
  parallel_for(
      blocks, std::max<int64_t>(kForkWork * blocks / work, 1), [&](int64_t begin, int64_t end) {
        multiply_rows(alpha, a, b, beta, c, begin * kRowBlock, std::min(end * kRowBlock, c.rows));
      });
}

std::string blas_core() { return openblas_get_corename(); }

std::string blas_version() {
  std::string config = openblas_get_config();  // "OpenBLAS 0.3.21 DYNAMIC_ARCH …"
  return config.substr(0, config.find(' ', config.find(' ') + 1));
}

}  // namespace t5
