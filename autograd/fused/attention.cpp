// Multi-head attention over tiles of queries.
//
// One work item is one head of one sequence. Q, K and V of an item are strided matrices inside the
// (N, H * D) operands: head h is columns h * D … (h + 1) * D, so that nothing is transposed or
// copied. The scores of a tile, (tile, S), live in scratch memory of the thread.

#include <cmath>

#include "autograd/fused/fused.h"
#include "tensor/ops/blas.h"
#include "tensor/ops/math.h"
#include "tensor/ops/matmul.h"

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

// One row of a tile: a query, and where its numbers stand.
struct TileRow {
  int64_t visible;  // it sees keys 0 … visible - 1; those after them are its future
  int64_t log_z;    // element of the (N, H) tensor of log Z
  int64_t bias;     // element of the (H, T + S - 1) bias for key 0; key j's is j further on
  int64_t mask;     // element of the dropout mask for key 0, likewise
};

TileRow tile_row(const Plan& plan, const Tile& tile, int64_t r) {
  const AttentionLayout& layout = plan.layout;
  int64_t i = tile.begin + r;  // the query's number in its sequence
  int64_t log_z = (layout.queries.begin(tile.sequence) + i) * layout.heads + tile.head;
  return {layout.causal ? std::min(i + 1, tile.keys) : tile.keys, log_z,
          tile.head * plan.distances + layout.queries.longest() - 1 - i,
          log_z * layout.keys.longest()};
}

real* row_data(const Matrix& m, int64_t r) { return m.data + r * m.row_stride; }

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

// scores += bias, of the keys that are visible
void add_bias(const Plan& plan, const Tile& tile, const real* bias, const Matrix& scores) {
  for (int64_t r = 0; r < tile.rows; ++r) {
    TileRow at = tile_row(plan, tile, r);
    real* row = row_data(scores, r);
    const real* b = bias + at.bias;
    for (int64_t j = 0; j < at.visible; ++j) row[j] += b[j];
  }
}

// scores = Q K' + bias: (rows, keys) of one tile
void compute_scores(const Plan& plan, const Tile& tile, const real* q, const real* k,
                    const real* bias, const Matrix& scores) {
  gemm(1, query_rows(plan, tile, q), transposed(key_rows(plan, tile, k)), 0, scores);
  if (bias != nullptr) add_bias(plan, tile, bias, scores);
}

// Scores become weights: the softmax of each row over the keys that its query sees, 0 for the
// others. Keeps log Z, the log of the sum of e^score, of each row.
void compute_weights(const Plan& plan, const Tile& tile, const Matrix& p, real* log_z) {
  for (int64_t r = 0; r < tile.rows; ++r) {
    TileRow at = tile_row(plan, tile, r);
    real* row = row_data(p, r);
    log_z[at.log_z] = softmax_row(row, at.visible);
    std::fill(row + at.visible, row + tile.keys, real(0));
  }
}

// Dropout on a tile of weights or of their gradients: the same elements in both passes.
void apply_dropout(const Plan& plan, const Tile& tile, const Matrix& m) {
  if (!plan.mask.active()) return;
  for (int64_t r = 0; r < tile.rows; ++r) {
    TileRow at = tile_row(plan, tile, r);
    plan.mask.apply(row_data(m, r), at.visible, at.mask);
  }
}

struct ForwardData {
  const real *q, *k, *v, *bias;
  real *out, *log_z;
};

// out = P V,  P = dropout(softmax(Q K' + bias))
void forward_tile(const Plan& plan, const Tile& tile, const ForwardData& d, real* scratch) {
  Matrix p{scratch, tile.rows, tile.keys, tile.keys};
  compute_scores(plan, tile, d.q, d.k, d.bias, p);
  compute_weights(plan, tile, p, d.log_z);
  apply_dropout(plan, tile, p);
  gemm(1, constant(p), key_rows(plan, tile, d.v), 0, query_rows(plan, tile, d.out));
}

struct BackwardData {
  const real *q, *k, *v, *bias, *log_z, *dy;
  // Null where no gradient is required. dbias is an (H, T + S - 1) for each sequence.
  real *dq = nullptr, *dk = nullptr, *dv = nullptr, *dbias = nullptr;
  real beta_q = 0, beta_k = 0, beta_v = 0;  // what the gradients so far count: 0 or 1
};

// forward was: P = softmax(A), row by row, A the scores
// so:          dA = P (dP - inner),  inner = the row's sum of P dP
// A comes in p and leaves it as P, computed again from log Z; dP comes in da and leaves it as dA.
void score_gradients(const Plan& plan, const Tile& tile, const real* log_z, const Matrix& p,
                     const Matrix& da) {
  // exercise 09-attention/score-gradient — P once more, and through the softmax backwards
  for (int64_t r = 0; r < tile.rows; ++r) {
    TileRow at = tile_row(plan, tile, r);
    real *row = row_data(p, r), *drow = row_data(da, r), log_total = log_z[at.log_z];
    for (int64_t j = 0; j < at.visible; ++j) row[j] = exp_fast(row[j] - log_total);
    real inner = simd_sum(at.visible, [=](int64_t j) { return row[j] * drow[j]; });
    for (int64_t j = 0; j < at.visible; ++j) drow[j] = row[j] * (drow[j] - inner);
    std::fill(row + at.visible, row + tile.keys, real(0));
    std::fill(drow + at.visible, drow + tile.keys, real(0));
  }
  // end exercise
}

// forward was: A[i, j] = … + bias[j - i + T - 1]
// so:          dbias += dA, summed along its diagonals. dbias has a row of distances per head.
void add_bias_gradient(const Plan& plan, const Tile& tile, const Matrix& da, real* dbias) {
  // exercise 10-positions/bias-gradient — every diagonal of dA adds up in one number
  for (int64_t r = 0; r < tile.rows; ++r) {
    TileRow at = tile_row(plan, tile, r);
    const real* drow = row_data(da, r);
    real* b = dbias + at.bias;
    for (int64_t j = 0; j < at.visible; ++j) b[j] += drow[j];
  }
  // end exercise
}

// forward was: A = Q K',  out = P V
// so:          dV += P' dy,  dQ += dA K,  dK += dA' Q
void add_operand_gradients(const Plan& plan, const Tile& tile, const BackwardData& d,
                           const ConstMatrix& p, const ConstMatrix& da) {
  ConstMatrix q = query_rows(plan, tile, d.q), dy = query_rows(plan, tile, d.dy);
  ConstMatrix k = key_rows(plan, tile, d.k);
  // exercise 09-attention/operand-gradients — three products, each added to what is there
  if (d.dv != nullptr) gemm(1, transposed(p), dy, d.beta_v, key_rows(plan, tile, d.dv));
  if (d.dq != nullptr) gemm(1, da, k, d.beta_q, query_rows(plan, tile, d.dq));
  if (d.dk != nullptr) gemm(1, transposed(da), q, d.beta_k, key_rows(plan, tile, d.dk));
  // end exercise
}

// The scores once more, then every gradient.
void backward_tile(const Plan& plan, const Tile& tile, const BackwardData& d, real* scratch) {
  Matrix p{scratch, tile.rows, tile.keys, tile.keys};
  Matrix da{scratch + plan.scratch_size(), tile.rows, tile.keys, tile.keys};
  compute_scores(plan, tile, d.q, d.k, d.bias, p);
  gemm(1, query_rows(plan, tile, d.dy), transposed(key_rows(plan, tile, d.v)), 0, da);  // dP
  apply_dropout(plan, tile, da);
  score_gradients(plan, tile, d.log_z, p, da);
  apply_dropout(plan, tile, p);  // dV is due to what multiplied V
  if (d.dbias != nullptr) add_bias_gradient(plan, tile, da, d.dbias);
  add_operand_gradients(plan, tile, d, constant(p), constant(da));
}

Plan make_plan(const Var& q, const Var& k, const Var& v, const Var& bias,
               const AttentionLayout& layout, const Dropout& dropout) {
  const Segments &queries = layout.queries, &keys = layout.keys;
  require(queries.count() == keys.count(), "attention: {} query sequences but {} key sequences",
          queries.count(), keys.count());
  require(q.value().rank() == 2 && q.dim(0) == queries.rows() && k.dim(0) == keys.rows() &&
              v.shape() == k.shape() && q.dim(1) == k.dim(1) && layout.heads > 0 &&
              q.dim(1) % layout.heads == 0,
          "attention: q {}, k {}, v {} for {} heads, {} queries, {} keys", q.shape(), k.shape(),
          v.shape(), layout.heads, queries.rows(), keys.rows());
  int64_t distances = queries.longest() + keys.longest() - 1;
  require(!bias.defined() || bias.shape() == Shape({layout.heads, distances}),
          "attention: bias {} instead of ({}, {})", bias.defined() ? bias.shape() : Shape(),
          layout.heads, distances);
  for (int64_t b = 0; b < keys.count(); ++b)
    require(queries.length(b) > 0 && keys.length(b) > 0,
            "attention: sequence {} has {} queries and {} keys; neither may be empty", b,
            queries.length(b), keys.length(b));
  return {layout, DropoutMask(dropout), q.dim(1) / layout.heads, distances};
}

// Sums the sequences' (H, T + S - 1) into one.
Tensor fold_sequences(const Plan& plan, const Tensor& per_sequence) {
  return sum(per_sequence.reshape(
                 {plan.layout.queries.count(), plan.layout.heads * plan.distances}),
             0)
      .reshape({plan.layout.heads, plan.distances});
}

// The multiply-adds of one product of all queries with their keys, Q K' for example.
double product_multiply_adds(const Plan& plan) {
  int64_t scores = 0;
  for (int64_t item = 0; item < plan.items(); item += plan.layout.heads)  // a head per sequence
    for_tiles(plan, item, [&](const Tile& tile) { scores += tile.rows * tile.keys; });
  return static_cast<double>(scores * plan.layout.heads * plan.width);
}

void run_backward(const Plan& plan, BackwardData d) {
  const int64_t threads = thread_count();
  Tensor scratch({threads, 2 * plan.scratch_size()});
  real* memory = scratch.mutable_data();
  parallel_items(plan.items(), threads, [&](int64_t item, int64_t thread) {
    BackwardData mine = d;
    int64_t sequence = item / plan.layout.heads;
    if (d.dbias != nullptr) mine.dbias += sequence * plan.layout.heads * plan.distances;
    for_tiles(plan, item, [&](const Tile& tile) {
      backward_tile(plan, tile, mine, memory + thread * 2 * plan.scratch_size());
      mine.beta_k = mine.beta_v = 1;  // the next tile of this item adds to the same keys
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
  return target.grad.mutable_data();
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
  ForwardData forward{data(qs), data(ks),         data(vs),
                      data(bs), y.mutable_data(), log_z.mutable_data()};
  {
    const int64_t threads = thread_count();
    Tensor scratch({threads, plan.scratch_size()});
    real* memory = scratch.mutable_data();
    parallel_items(plan.items(), threads, [&](int64_t item, int64_t thread) {
      for_tiles(plan, item, [&](const Tile& tile) {
        forward_tile(plan, tile, forward, memory + thread * plan.scratch_size());
      });
    });
  }
  const double product = product_multiply_adds(plan);
  multiply_adds() += 2 * product;
  return make_op("attention", y, {q, k, v, bias}, [=](const Tensor& dy) {
    BackwardData d{data(qs), data(ks), data(vs), data(bs), data(log_z), dy.data()};
    // The first tile's product may overwrite uninitialised memory only if it reaches every row,
    // which a causal mask prevents, and if no other operand is the same Var.
    bool shared = q.node() == k.node() || k.node() == v.node() || q.node() == v.node();
    d.dq = target_of(q, shared, d.beta_q);
    d.dk = target_of(k, shared || plan.layout.causal, d.beta_k);
    d.dv = target_of(v, shared || plan.layout.causal, d.beta_v);
    Tensor dbias;  // of each sequence alone, so that threads never add to the same number
    if (bias.requires_grad()) {
      dbias = Tensor::zeros({plan.items(), plan.distances});
      d.dbias = dbias.mutable_data();
    }
    run_backward(plan, d);
    multiply_adds() += 4 * product;  // and one that is done again
    if (dbias.defined()) bias.add_grad(fold_sequences(plan, dbias));
  });
}

}  // namespace t5
