#include "tensor/ops/few_rows.h"

#include <cstring>
#include <utility>

#include "tensor/parallel.h"

namespace t5 {
namespace {

// A vector register's worth of numbers, and how many outputs and rows of x are computed at a time:
// as many sums as stay in registers together with what they are made of.
#if defined(__AVX512F__)
constexpr int64_t kBytes = 64, kOutputs = 4, kRows = 4;
#else
constexpr int64_t kBytes = 32, kOutputs = 3, kRows = 4;
#endif
constexpr int64_t kLanes = kBytes / static_cast<int64_t>(sizeof(real));
typedef real Vector __attribute__((vector_size(kBytes)));

Vector load(const real* p) {
  Vector v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

real total(const Vector& v) {
  real sum = 0;
  for (int64_t lane = 0; lane < kLanes; ++lane) sum += v[lane];
  return sum;
}

// A block of O outputs and R rows of x, beginning at output o and row r. The O rows of w are read
// side by side: several streams reach a higher bandwidth than one.
template <int64_t O, int64_t R>
void multiply_block(const FewRows& p, int64_t o, int64_t r) {
  const real *w = p.w + o * p.w_stride, *x = p.x + r * p.x_stride;
  Vector sums[O][R] = {};
  int64_t i = 0;
  for (; i + kLanes <= p.depth; i += kLanes) {
    Vector xs[R];
    for (int64_t b = 0; b < R; ++b) xs[b] = load(x + b * p.x_stride + i);
    for (int64_t a = 0; a < O; ++a) {
      __builtin_prefetch(w + (a + O) * p.w_stride + i);  // the next block
      Vector weights = load(w + a * p.w_stride + i);
      for (int64_t b = 0; b < R; ++b) sums[a][b] += weights * xs[b];
    }
  }
  for (int64_t a = 0; a < O; ++a)
    for (int64_t b = 0; b < R; ++b) {
      real sum = total(sums[a][b]);
      for (int64_t k = i; k < p.depth; ++k) sum += w[a * p.w_stride + k] * x[b * p.x_stride + k];
      real& y = p.y[(r + b) * p.y_stride + o + a];
      y = p.alpha * sum + (p.beta == 0 ? 0 : p.beta * y);
    }
}

// All rows of x for O outputs.
template <int64_t O>
void multiply_outputs(const FewRows& p, int64_t o) {
  int64_t r = 0;
  for (; r + kRows <= p.rows; r += kRows) multiply_block<O, kRows>(p, o, r);
  for (; r + 2 <= p.rows; r += 2) multiply_block<O, 2>(p, o, r);
  for (; r < p.rows; ++r) multiply_block<O, 1>(p, o, r);
}

}  // namespace

void multiply_few_rows(const FewRows& p) {
  int64_t blocks = (p.outputs + kOutputs - 1) / kOutputs;
  parallel_for(blocks, kVectorGrain / (kOutputs * p.depth) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      int64_t o = block * kOutputs;
      if (o + kOutputs <= p.outputs)
        multiply_outputs<kOutputs>(p, o);
      else
        for (; o < p.outputs; ++o) multiply_outputs<1>(p, o);
    }
  });
}

}  // namespace t5
