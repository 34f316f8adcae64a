// Multi-head attention over tiles of queries.
//
// One work item is one head of one sequence. Q, K and V of an item are strided matrices inside the
// (N, H * D) operands: head h is columns h * D … (h + 1) * D, so that nothing is transposed or
// copied. The scores of a tile, (tile, S), live in scratch memory of the thread.

#include <cmath>

#include "autograd/fused/fused.h"
#include "tensor/ops/blas.h"
#include "tensor/ops/math.h"

namespace t5 {
namespace {

constexpr int64_t kTile = 64;  // queries whose scores exist at one time

// Everything that the forward and the backward kernel share.
struct Plan {
  AttentionLayout layout;
  DropoutMask mask;
  int64_t width;      // D
  int64_t distances;  // T + S - 1, the columns of the bias

  int64_t items() const { return layout.heads * layout.queries.count(); }
  int64_t row_stride() const { return layout.heads * width; }
  int64_t scratch_size() const { return kTile * layout.keys.longest(); }
};

// One head of one sequence, and one tile of its queries.
struct Tile {
  int64_t head, sequence;
  int64_t begin, rows;  // queries begin … begin + rows of the sequence
  int64_t keys;         // S; with a causal mask, as many as the tile's last query sees
};

// Rows [row, row + rows) of one head of a (N, H * D) operand.
template <class T>
MatrixOf<T> head_rows(const Plan& plan, T* data, int64_t head, int64_t row, int64_t rows) {
  return {data + row * plan.row_stride() + head * plan.width, rows, plan.width, plan.row_stride()};
}

template <class T>
MatrixOf<T> query_rows(const Plan& plan, const Tile& tile, T* data) {
  int64_t first = plan.layout.queries.begin(tile.sequence) + tile.begin;
  return head_rows(plan, data, tile.head, first, tile.rows);
}

template <class T>
MatrixOf<T> key_rows(const Plan& plan, const Tile& tile, T* data) {
  return head_rows(plan, data, tile.head, plan.layout.keys.begin(tile.sequence), tile.keys);
}

template <class T>
MatrixOf<T> transposed(MatrixOf<T> m) {
  std::swap(m.rows, m.columns);
  m.transposed = !m.transposed;
  return m;
}

ConstMatrix constant(const Matrix& m) {
  return {m.data, m.rows, m.columns, m.row_stride, m.transposed};
}

// Keys that query number i of the sequence attends to.
int64_t visible(const Plan& plan, const Tile& tile, int64_t i) {
  return plan.layout.causal ? std::min(i + 1, tile.keys) : tile.keys;
}

// The bias of query i against key 0; key j's is j further on.
int64_t bias_offset(const Plan& plan, const Tile& tile, int64_t i) {
  return tile.head * plan.distances + plan.layout.queries.longest() - 1 - i;
}

// A number for the dropout mask, different for each head, query and key.
int64_t mask_index(const Plan& plan, const Tile& tile, int64_t i) {
  int64_t row = plan.layout.queries.begin(tile.sequence) + i;
  return (row * plan.layout.heads + tile.head) * plan.layout.keys.longest();
}

// scores = Q K' + bias, of the keys that are visible
void compute_scores(const Plan& plan, const Tile& tile, const real* q, const real* k,
                    const real* bias, Matrix scores) {
  gemm(1, query_rows(plan, tile, q), transposed(key_rows(plan, tile, k)), 0, scores);
  if (bias == nullptr) return;
  for (int64_t r = 0; r < tile.rows; ++r) {
    real* row = scores.data + r * scores.row_stride;
    const real* b = bias + bias_offset(plan, tile, tile.begin + r);
    for (int64_t j = 0, n = visible(plan, tile, tile.begin + r); j < n; ++j) row[j] += b[j];
  }
}

// Calls run(tile) for the tiles of one work item, in order.
template <class Run>
void for_tiles(const Plan& plan, int64_t item, const Run& run) {
  int64_t sequence = item / plan.layout.heads, head = item % plan.layout.heads;
  int64_t length = plan.layout.queries.length(sequence), keys = plan.layout.keys.length(sequence);
  for (int64_t begin = 0; begin < length; begin += kTile) {
    int64_t rows = std::min(kTile, length - begin);
    run(Tile{head, sequence, begin, rows,
             plan.layout.causal ? std::min(keys, begin + rows) : keys});
  }
}

struct ForwardData {
  const real *q, *k, *v, *bias;
  real *out, *log_z;  // log_z: log sum e^score of each query and head, kept for the backward
};

void forward_tile(const Plan& plan, const Tile& tile, const ForwardData& d, real* scratch) {
  Matrix p{scratch, tile.rows, tile.keys, tile.keys};
  compute_scores(plan, tile, d.q, d.k, d.bias, p);
  for (int64_t r = 0; r < tile.rows; ++r) {
    int64_t i = tile.begin + r, n = visible(plan, tile, i);
    real* row = p.data + r * p.row_stride;
    int64_t query = plan.layout.queries.begin(tile.sequence) + i;
    d.log_z[query * plan.layout.heads + tile.head] = softmax_row(row, n);
    std::fill(row + n, row + tile.keys, real(0));  // the future
    if (plan.mask.active()) plan.mask.apply(row, n, mask_index(plan, tile, i));
  }
  gemm(1, constant(p), key_rows(plan, tile, d.v), 0, query_rows(plan, tile, d.out));
}

struct BackwardData {
  const real *q, *k, *v, *bias, *log_z, *dy;
  // Null where no gradient is required. dbias has one row of distances per work item.
  real *dq = nullptr, *dk = nullptr, *dv = nullptr, *dbias = nullptr;
  real beta_q = 0, beta_k = 0, beta_v = 0;
};

// For one row of a tile. Given p = score row and dp = dy V' row, both over the visible keys:
//   p  <- softmax(score) keep          what multiplied V
//   dp <- softmax (keep dp - inner)    the gradient of the score, inner = sum softmax keep dp
void score_gradient_row(const Plan& plan, real* p, real* dp, int64_t n, real log_z, int64_t m) {
  for (int64_t j = 0; j < n; ++j) p[j] = exp_fast(p[j] - log_z);
  if (!plan.mask.active()) {
    real inner = simd_sum(n, [=](int64_t j) { return p[j] * dp[j]; });
    for (int64_t j = 0; j < n; ++j) dp[j] = p[j] * (dp[j] - inner);
    return;
  }
  plan.mask.apply(dp, n, m);
  real inner = simd_sum(n, [=](int64_t j) { return p[j] * dp[j]; });
  for (int64_t j = 0; j < n; ++j) dp[j] = p[j] * (dp[j] - inner);
  plan.mask.apply(p, n, m);
}

// forward was: P = softmax(Q K' + bias) keep, out = P V
// so:          dV += P' dy,  dP = dy V',  dQ += dS K,  dK += dS' Q,  dbias += dS along diagonals
void backward_tile(const Plan& plan, const Tile& tile, const BackwardData& d, int64_t item,
                   real* scratch) {
  Matrix p{scratch, tile.rows, tile.keys, tile.keys};
  Matrix ds{scratch + plan.scratch_size(), tile.rows, tile.keys, tile.keys};
  ConstMatrix dy = query_rows(plan, tile, d.dy);
  compute_scores(plan, tile, d.q, d.k, d.bias, p);
  gemm(1, dy, transposed(key_rows(plan, tile, d.v)), 0, ds);
  for (int64_t r = 0; r < tile.rows; ++r) {
    int64_t i = tile.begin + r, n = visible(plan, tile, i);
    real *row = p.data + r * p.row_stride, *drow = ds.data + r * ds.row_stride;
    int64_t query = plan.layout.queries.begin(tile.sequence) + i;
    score_gradient_row(plan, row, drow, n, d.log_z[query * plan.layout.heads + tile.head],
                       mask_index(plan, tile, i));
    std::fill(row + n, row + tile.keys, real(0));
    std::fill(drow + n, drow + tile.keys, real(0));
    if (d.dbias != nullptr) {
      real* b = d.dbias + item * plan.distances + plan.layout.queries.longest() - 1 - i;
      for (int64_t j = 0; j < n; ++j) b[j] += drow[j];
    }
  }
  if (d.dv != nullptr) gemm(1, transposed(constant(p)), dy, d.beta_v, key_rows(plan, tile, d.dv));
  if (d.dq != nullptr)
    gemm(1, constant(ds), key_rows(plan, tile, d.k), d.beta_q, query_rows(plan, tile, d.dq));
  if (d.dk != nullptr)
    gemm(1, transposed(constant(ds)), query_rows(plan, tile, d.q), d.beta_k,
         key_rows(plan, tile, d.dk));
}

Plan make_plan(const Var& q, const Var& k, const Var& v, const Var& bias,
               const AttentionLayout& layout, const Dropout& dropout) {
  const Segments &queries = layout.queries, &keys = layout.keys;
  check(queries.count() == keys.count(), "attention: {} query sequences but {} key sequences",
        queries.count(), keys.count());
  check(q.value().rank() == 2 && q.dim(0) == queries.rows() && k.dim(0) == keys.rows() &&
            v.shape() == k.shape() && q.dim(1) == k.dim(1) && layout.heads > 0 &&
            q.dim(1) % layout.heads == 0,
        "attention: q {}, k {}, v {} for {} heads, {} queries, {} keys", q.shape(), k.shape(),
        v.shape(), layout.heads, queries.rows(), keys.rows());
  int64_t distances = queries.longest() + keys.longest() - 1;
  check(!bias.defined() || bias.shape() == Shape({layout.heads, distances}),
        "attention: bias {} instead of ({}, {})", bias.defined() ? bias.shape() : Shape(),
        layout.heads, distances);
  for (int64_t b = 0; b < keys.count(); ++b)
    check(queries.length(b) > 0 && keys.length(b) > 0,
          "attention: sequence {} has {} queries and {} keys; neither may be empty", b,
          queries.length(b), keys.length(b));
  return {layout, DropoutMask(dropout), q.dim(1) / layout.heads, distances};
}

// Sums the per-item rows of distances into (H, distances), sequence by sequence.
Tensor fold_items(const Plan& plan, const Tensor& per_item) {
  return sum(per_item.reshape({plan.layout.queries.count(), plan.layout.heads * plan.distances}), 0)
      .reshape({plan.layout.heads, plan.distances});
}

void run_backward(const Plan& plan, BackwardData d) {
  Tensor scratch({thread_count(), 2 * plan.scratch_size()});
  real* memory = scratch.data();
  parallel_items(plan.items(), [&](int64_t item, int64_t thread) {
    BackwardData mine = d;
    for_tiles(plan, item, [&](const Tile& tile) {
      backward_tile(plan, tile, mine, item, memory + thread * 2 * plan.scratch_size());
      mine.beta_k = mine.beta_v = 1;
    });
  });
}

// The gradient of one operand and the beta of its first tile, or null. `clear` starts it at zero.
real* target_of(const Var& x, bool clear, real& beta) {
  if (!x.requires_grad()) return nullptr;
  GradTarget target = x.grad_target();
  beta = target.beta;
  if (clear && beta == 0) {
    target.grad.fill(0);
    beta = 1;
  }
  return target.grad.data();
}

}  // namespace

Var attention(const Var& q, const Var& k, const Var& v, const Var& bias,
              const AttentionLayout& layout, const Dropout& dropout) {
  Plan plan = make_plan(q, k, v, bias, layout, dropout);
  Tensor qs = q.value().as_contiguous(), ks = k.value().as_contiguous(),
         vs = v.value().as_contiguous();
  Tensor bs = bias.defined() ? bias.value().as_contiguous() : Tensor();
  Tensor y(q.shape()), log_z({q.dim(0), layout.heads});
  auto data = [](const Tensor& t) { return t.defined() ? t.data() : nullptr; };
  ForwardData forward{data(qs), data(ks), data(vs), data(bs), y.data(), log_z.data()};
  {
    Tensor scratch({thread_count(), plan.scratch_size()});
    real* memory = scratch.data();
    parallel_items(plan.items(), [&](int64_t item, int64_t thread) {
      for_tiles(plan, item, [&](const Tile& tile) {
        forward_tile(plan, tile, forward, memory + thread * plan.scratch_size());
      });
    });
  }
  return make_op("attention", y, {q, k, v, bias}, [=](const Tensor& dy) {
    BackwardData d{data(qs), data(ks), data(vs), data(bs), data(log_z), dy.data()};
    // The first tile's product may overwrite uninitialised memory only if it reaches every row,
    // which a causal mask prevents, and if no other operand is the same Var.
    bool shared = q.node() == k.node() || k.node() == v.node() || q.node() == v.node();
    d.dq = target_of(q, shared, d.beta_q);
    d.dk = target_of(k, shared || plan.layout.causal, d.beta_k);
    d.dv = target_of(v, shared || plan.layout.causal, d.beta_v);
    Tensor per_item;
    if (bias.requires_grad()) {
      per_item = Tensor::zeros({plan.items(), plan.distances});
      d.dbias = per_item.data();
    }
    run_backward(plan, d);
    if (per_item.defined()) bias.add_grad(fold_items(plan, per_item));
  });
}

}  // namespace t5
