#include "tensor/ops/few_rows.h"

#include "tensor/ops/streams.h"

namespace t5 {
namespace {

// The outputs o, o + step, … (O of them) of the rows r … r + R - 1; see streams.h.
struct Block {
  const FewRows& p;

  template <int O, int R>
  void operator()(int64_t o, int64_t step, int64_t r) const {
    using Reals = Vector<real>;
    constexpr int64_t kLanes = sizeof(Reals) / sizeof(real);
    const real *w = p.w + o * p.w_stride, *x = p.x + r * p.x_stride;
    int64_t w_step = step * p.w_stride, whole = p.depth / kLanes * kLanes;
    std::array<Reals, O * R> sums{};
    const real* next = w + next_stream(r, O) * w_step + p.w_stride;
    for (int64_t i = 0; i < whole; i += kLanes) {
      if (R == kRows) __builtin_prefetch(next + i);
      Reals xs[R];
      for (int b = 0; b < R; ++b) xs[b] = load_once<Reals>(x + b * p.x_stride + i);
      for (int a = 0; a < O; ++a) {
        auto weights = load_once<Reals>(w + a * w_step + i);
        for (int b = 0; b < R; ++b) sums[a * R + b] += weights * xs[b];
      }
    }
    auto products = totals(sums);
    for (int64_t i = whole; i < p.depth; ++i)
      for (int a = 0; a < O; ++a)
        for (int b = 0; b < R; ++b)
          products[a * R + b] += w[a * w_step + i] * x[b * p.x_stride + i];
    for (int a = 0; a < O; ++a)
      for (int b = 0; b < R; ++b) {
        real& y = p.y[(r + b) * p.y_stride + o + a * step];
        y = p.alpha * products[a * R + b] + (p.beta == 0 ? 0 : p.beta * y);
      }
  }
};

}  // namespace

void multiply_few_rows(const FewRows& p) { for_streams(p.rows, p.outputs, p.depth, Block{p}); }

}  // namespace t5
