#include "tensor/ops/blas.h"

#if __has_include(<cblas.h>)
#include <cblas.h>
#else  // macOS' own BLAS
#include <Accelerate/Accelerate.h>
#endif
#include <dlfcn.h>

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <mutex>
#include <string_view>

#include "tensor/ops/few_rows.h"
#include "tensor/parallel.h"

namespace t5 {
namespace {

#if __has_include(<cblas.h>)
// The best set of kernels for this processor, or null when OpenBLAS' own choice stands.
const char* better_core([[maybe_unused]] std::string_view chosen) {
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
void choose_core() {
  const char* better = better_core(openblas_get_corename());
  if (better == nullptr || std::getenv("OPENBLAS_CORETYPE") != nullptr) return;
  auto quit = reinterpret_cast<void (*)()>(dlsym(RTLD_DEFAULT, "gotoblas_dynamic_quit"));
  auto init = reinterpret_cast<void (*)()>(dlsym(RTLD_DEFAULT, "gotoblas_dynamic_init"));
  if (quit == nullptr || init == nullptr) return;
  setenv("OPENBLAS_CORETYPE", better, 1);
  quit();
  init();
  unsetenv("OPENBLAS_CORETYPE");
}

// "OpenBLAS 0.3.21 DYNAMIC_ARCH …"
std::string library() {
  std::string config = openblas_get_config();
  return config.substr(0, config.find(' ', config.find(' ') + 1));
}
#else
// Accelerate knows the processor, and decides about its threads by itself.
void choose_core() {}
void openblas_set_num_threads(int) {}
const char* openblas_get_corename() { return "Apple"; }
std::string library() { return "Accelerate"; }
#endif

// OpenMP's build of OpenBLAS has a setting for each thread of the program beside the one for all.
// It is the calling thread's, and so it is put back.
class OneOpenMPThread {
 public:
  OneOpenMPThread() : before_(get_ != nullptr ? get_() : 1) {
    if (before_ != 1) set_(1);
  }
  ~OneOpenMPThread() {
    if (before_ != 1) set_(before_);
  }
  OneOpenMPThread(const OneOpenMPThread&) = delete;
  OneOpenMPThread& operator=(const OneOpenMPThread&) = delete;

 private:
  // Null where there is no OpenMP in the process.
  inline static const auto get_ =
      reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "omp_get_max_threads"));
  inline static const auto set_ =
      reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
  int before_;
};

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

// A product is split into blocks of rows, one call per thread: OpenBLAS' own threads meet several
// times within a product, which costs a third of the speed at (620, 128) x (128, 128) and gains
// nothing at (1024, 1024) x (1024, 1024). Rows, because the loops over rows that follow then find
// them in their own core's cache; a product of few rows is split by columns, and so is one that is
// kWide times as wide as high: by rows, every thread would copy all of B. Small products are not
// worth a fork.
constexpr int64_t kBlock = 16;
constexpr int64_t kNarrow = 128;
constexpr int64_t kWide = 4;
// OpenBLAS copies all rows that it is given, hundreds of columns of them, before it multiplies. At
// most this many at a time stay in the cache: for the gradient of a head with 32,128 rows it would
// copy into, and keep, 49 MB.
constexpr int64_t kPanel = 4096;

// Columns, and rows, [begin, end) of a matrix.
template <class T>
MatrixOf<T> columns(MatrixOf<T> m, int64_t begin, int64_t end) {
  return {m.data + begin * (m.transposed ? m.row_stride : 1), m.rows, end - begin, m.row_stride,
          m.transposed};
}
template <class T>
MatrixOf<T> rows(MatrixOf<T> m, int64_t begin, int64_t end) {
  return {m.data + begin * (m.transposed ? 1 : m.row_stride), end - begin, m.columns, m.row_stride,
          m.transposed};
}

// The step between consecutive elements along a matrix' row (or column).
int64_t row_step(const ConstMatrix& m) { return m.transposed ? m.row_stride : 1; }
int64_t column_step(const ConstMatrix& m) { return m.transposed ? 1 : m.row_stride; }

// y = alpha A x + beta y, with x and y strided vectors.
void gemv(real alpha, const ConstMatrix& a, const real* x, int64_t x_step, real beta, real* y,
          int64_t y_step) {
  // As stored, A has `columns` x `rows` when it is transposed.
  int stored_rows = to_int(a.transposed ? a.columns : a.rows);
  int stored_columns = to_int(a.transposed ? a.rows : a.columns);
  cblas_gemv(CblasRowMajor, transpose_flag(a.transposed), stored_rows, stored_columns, alpha,
             a.data, to_int(a.row_stride), x, to_int(x_step), beta, y, to_int(y_step));
}

// C = alpha A B + beta C on this thread.
void multiply(real alpha, const ConstMatrix& a, const ConstMatrix& b, real beta, const Matrix& c) {
  OneOpenMPThread one;
  if (c.rows == 1) {  // c' = B' a'
    ConstMatrix bt{b.data, b.columns, b.rows, b.row_stride, !b.transposed};
    gemv(alpha, bt, a.data, row_step(a), beta, c.data, 1);
  } else if (c.columns == 1) {
    gemv(alpha, a, b.data, column_step(b), beta, c.data, c.row_stride);
  } else {
    cblas_gemm(CblasRowMajor, transpose_flag(a.transposed), transpose_flag(b.transposed),
               to_int(c.rows), to_int(c.columns), to_int(a.columns), alpha, a.data,
               to_int(a.row_stride), b.data, to_int(b.row_stride), beta, c.data,
               to_int(c.row_stride));
  }
}

// A few rows times a large matrix: reading the matrix is what costs (see few_rows.h).
bool reads_once(const ConstMatrix& a, const ConstMatrix& b, const Matrix& c) {
  return c.rows <= kFewRows && !a.transposed && b.transposed && b.rows * b.columns >= kLargeMatrix;
}

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
  if (reads_once(a, b, c))
    return multiply_few_rows({c.rows, c.columns, a.columns, a.data, a.row_stride, b.data,
                              b.row_stride, c.data, c.row_stride, alpha, beta});
  prepare_blas();
  bool by_rows = c.rows >= std::min(kNarrow, c.columns) && c.columns < kWide * c.rows;
  int64_t length = by_rows ? c.rows : c.columns, blocks = (length + kBlock - 1) / kBlock;
  int64_t grain = c.rows == 1 || c.columns == 1 ? kVectorGrain : kProductGrain;
  int64_t block_work = c.rows * c.columns * a.columns / blocks;
  parallel_for(blocks, grain / (block_work + 1) + 1, [&](int64_t first, int64_t last) {
    int64_t share_end = std::min(last * kBlock, length);
    for (int64_t begin = first * kBlock; begin < share_end; begin += kPanel) {
      int64_t end = std::min(begin + kPanel, share_end);
      if (by_rows)
        multiply(alpha, rows(a, begin, end), b, beta, rows(c, begin, end));
      else
        multiply(alpha, a, columns(b, begin, end), beta, columns(c, begin, end));
    }
  });
}

// OpenBLAS' own threads would compete with ours. Its number of threads is set once, before any
// product: the call gives buffers back, and two threads at once can give the same one back twice
// and then compute their products in one place, which 109 of 20,000 such pairs of calls did.
void prepare_blas() {
  static std::once_flag done;
  std::call_once(done, [] {
    OneOpenMPThread one;
    choose_core();
    openblas_set_num_threads(1);
  });
}

std::string blas_core() {
  prepare_blas();
  return openblas_get_corename();
}

std::string blas_version() { return library(); }

}  // namespace t5
