#include "tensor/ops/few_rows.h"

#include "tensor/ops/streams.h"

namespace t5 {
namespace {

// The numbers as they are; see streams.h.
struct Reals {
  using Value = real;
  using Weight = real;
  using Sums = Vector<real>;
  using Chunk = Sums;
  static constexpr int64_t kChunk = sizeof(Sums) / sizeof(real);

  static Chunk of_x(const real* x) { return load_once<Chunk>(x); }
  static Chunk of_weights(const real* w) { return load_once<Chunk>(w); }
  static void add(const Chunk& x, const Chunk& w, Sums& sums) { sums += w * x; }
  static real product(real x, real w) { return x * w; }
};

}  // namespace

void multiply_few_rows(const FewRows& p) {
  Operands<Reals> operands{p.rows, p.outputs, p.depth, p.x, p.x_stride, p.w, p.w_stride};
  for_products(operands, [&](int64_t r, int64_t o, real product) {
    real& y = p.y[r * p.y_stride + o];
    y = p.alpha * product + (p.beta == 0 ? 0 : p.beta * y);
  });
}

}  // namespace t5
