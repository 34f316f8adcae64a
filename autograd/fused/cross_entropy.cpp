// Softmax cross-entropy with ignored labels, label smoothing and z-loss. Of logits: in two passes,
// one for the loss, one that turns them into their own gradient. Of a linear layer's output: some
// rows of logits at a time, which are gone before the next ones come.

#include <cmath>
#include <numeric>

#include "autograd/fused/fused.h"
#include "autograd/ops/shaping.h"
#include "tensor/ops/math.h"
#include "tensor/ops/matmul.h"

namespace t5 {
namespace {

// The labels that count: all are checked, and without any there must be a normalizer.
int64_t count_labels(const Ids& labels, int64_t vocabulary, const CrossEntropyOptions& options) {
  int64_t count = 0;
  for (Id label : labels) {
    if (label == kIgnoredLabel) continue;
    check(label >= 0 && label < vocabulary,
          "cross_entropy: label {} is outside the vocabulary of {}; padding must be {}", label,
          vocabulary, kIgnoredLabel);
    ++count;
  }
  check(count > 0 || options.normalizer > 0,
        "cross_entropy: every label is {}: there is nothing to learn from", kIgnoredLabel);
  return count;
}

// The loss of one row: (1 - e) (Z - x[label]) + e (Z - mean x) + z Z^2, with Z = log sum e^x.
real row_loss(const real* x, int64_t n, Id label, real log_z, const CrossEntropyOptions& options) {
  // exercise 05-layers/cross-entropy-loss — the negative log-probability of a smoothed label
  real smoothing = options.label_smoothing;
  real loss = (1 - smoothing) * (log_z - x[label]) + options.z_loss * log_z * log_z;
  if (smoothing > 0) {
    real mean = simd_sum(n, [x](int64_t i) { return x[i]; }) / static_cast<real>(n);
    loss += smoothing * (log_z - mean);
  }
  return loss;
  // end exercise
}

// dx[i] = dloss * (softmax(x)[i] (1 + 2 z Z) - e / V - (1 - e) [i = label]); dx may be x itself.
void row_gradient(const real* x, real* dx, int64_t n, Id label, real log_z, real dloss,
                  const CrossEntropyOptions& options) {
  // exercise 05-layers/cross-entropy-gradient — softmax minus one-hot
  real weight = dloss * (1 + 2 * options.z_loss * log_z);
  real spread = dloss * options.label_smoothing / static_cast<real>(n);
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) dx[i] = weight * exp_fast(x[i] - log_z) - spread;
  dx[label] -= dloss * (1 - options.label_smoothing);
  // end exercise
}

}  // namespace

Var cross_entropy(Var logits, const Ids& labels, const CrossEntropyOptions& options) {
  require(logits.value().rank() == 2 && logits.dim(0) == static_cast<int64_t>(labels.size()),
          "cross_entropy: logits {} for {} labels", logits.shape(), labels.size());
  bool overwrite = logits.sole_owner() && logits.value().contiguous();
  Tensor x = logits.value().as_contiguous();
  int64_t rows = x.dim(0), n = x.dim(1), count = count_labels(labels, n, options);
  real share = real(1) / static_cast<real>(options.normalizer > 0 ? options.normalizer : count);
  std::vector<real> log_z(rows), losses(rows);
  parallel_for(rows, kElementGrain / n, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      if (labels[r] == kIgnoredLabel) continue;
      const real* row = x.data() + r * n;
      log_z[r] = log_sum_exp(row, n);
      losses[r] = row_loss(row, n, labels[r], log_z[r], options);
    }
  });
  double total = 0;
  for (real loss : losses) total += loss;
  Tensor y = Tensor::scalar(static_cast<real>(total * static_cast<double>(share)));
  return make_op("cross_entropy", y, {logits},
                 [=, x = std::move(x), log_z = std::move(log_z)](const Tensor& dy) mutable {
                   Tensor dx = overwrite ? x : Tensor(x.shape());
                   real dloss = dy.item() * share;
                   const real* from = x.data();
                   real* to = dx.mutable_data();
                   parallel_for(rows, kElementGrain / n, [&](int64_t begin, int64_t end) {
                     for (int64_t r = begin; r < end; ++r) {
                       if (labels[r] == kIgnoredLabel)
                         std::fill_n(to + r * n, n, real(0));
                       else
                         row_gradient(from + r * n, to + r * n, n, labels[r], log_z[r], dloss,
                                      options);
                     }
                   });
                   logits.add_grad(dx);
                 });
}

namespace {

// Logits that exist at one time, 16 MB of them. With fewer, W and its gradient, which every chunk
// of rows reads and writes once, would cost more time than the products.
constexpr int64_t kLogitsAtOnce = int64_t{1} << 22;

// The logits x W' of some rows and the sum of their losses. With a `share` other than 0 the logits
// then become the gradient of share times that sum. x: (n, M), weight: (V, M), logits: (n, V).
double chunk_loss(const Tensor& x, const Tensor& weight, const Id* labels, real share,
                  const CrossEntropyOptions& options, Tensor& logits) {
  int64_t rows = logits.dim(0), n = logits.dim(1);
  std::vector<real> losses(rows);
  // exercise 21-performance/chunk — a row's logits, loss and gradient, while the cache holds them
  gemm(1, x, weight.transpose(), 0, logits);
  real* data = logits.mutable_data();
  parallel_for(rows, kElementGrain / n, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      real *row = data + r * n, log_z = log_sum_exp(row, n);
      losses[r] = row_loss(row, n, labels[r], log_z, options);
      if (share != 0) row_gradient(row, row, n, labels[r], log_z, share, options);
    }
  });
  // end exercise
  return std::accumulate(losses.begin(), losses.end(), 0.0);
}

// The gradients of the operands, with respect to dy = 1; undefined where nobody wants them.
struct OperandGradients {
  Tensor dx, dweight;
};

// What rows [begin, end) of x contribute, given the gradient of their logits: (end - begin, V).
void chunk_gradients(const Tensor& dlogits, const Tensor& x, const Tensor& weight, int64_t begin,
                     int64_t end, OperandGradients& sums) {
  // exercise 21-performance/products — the two products of a linear layer's backward pass
  if (sums.dx.defined()) {
    Tensor dx = sums.dx.slice(0, begin, end);
    gemm(1, dlogits, weight, 0, dx);
  }
  if (sums.dweight.defined())
    gemm(1, dlogits.transpose(), x.slice(0, begin, end), begin == 0 ? 0 : 1, sums.dweight);
  // end exercise
}

// The closure of the op: both gradients, which were computed for dy = 1, times dy.
void deliver(const Var& x, const Var& weight, OperandGradients& gradients, real dy) {
  // exercise 21-performance/deliver — what comes from above, at last
  auto scaled = [dy](Tensor& gradient) {
    if (dy != 1) update([dy](real g) { return g * dy; }, gradient);
    return std::move(gradient);  // nobody else holds it: it can become the Var's own
  };
  if (gradients.dx.defined()) x.add_grad(scaled(gradients.dx));
  if (gradients.dweight.defined()) weight.add_grad(scaled(gradients.dweight));
  // end exercise
}

Var in_chunks(const Var& x, const Var& weight, const Ids& labels,
              const CrossEntropyOptions& options, int64_t chunk) {
  int64_t rows = x.dim(0), vocabulary = weight.dim(0);
  real share = real(1) / static_cast<real>(options.normalizer > 0 ? options.normalizer : rows);
  OperandGradients gradients;
  if (grad_enabled() && x.requires_grad()) gradients.dx = Tensor(x.shape());
  if (grad_enabled() && weight.requires_grad()) gradients.dweight = Tensor(weight.shape());
  bool differentiate = gradients.dx.defined() || gradients.dweight.defined();
  Tensor buffer({chunk, vocabulary});
  double loss = 0;
  for (int64_t begin = 0; begin < rows; begin += chunk) {
    int64_t end = std::min(begin + chunk, rows);
    Tensor logits = buffer.slice(0, 0, end - begin);
    loss += chunk_loss(x.value().slice(0, begin, end), weight.value(), labels.data() + begin,
                       differentiate ? share : 0, options, logits);
    if (differentiate) chunk_gradients(logits, x.value(), weight.value(), begin, end, gradients);
  }
  Tensor y = Tensor::scalar(static_cast<real>(loss * static_cast<double>(share)));
  return make_op("linear_cross_entropy", y, {x, weight},
                 [x, weight, gradients = std::move(gradients)](const Tensor& dy) mutable {
                   deliver(x, weight, gradients, dy.item());
                 });
}

}  // namespace

// The gradients are computed in the forward pass, while a chunk's logits exist; the backward pass
// scales them by dy. The other way, computing the logits again, would be a fourth product.
Var linear_cross_entropy(const Var& x, const Var& weight, const Ids& labels,
                         const CrossEntropyOptions& options, int64_t chunk) {
  require(x.value().rank() == 2 && x.dim(0) == std::ssize(labels),
          "linear_cross_entropy: input {} for {} labels", x.shape(), labels.size());
  require(weight.shape().rank() == 2 && x.dim(1) == weight.dim(1),
          "linear_cross_entropy: input {} does not fit weight {}", x.shape(), weight.shape());
  int64_t vocabulary = weight.dim(0), count = count_labels(labels, vocabulary, options);
  if (count < std::ssize(labels)) {  // the other rows need no logits
    Ids rows, counted;
    for (int64_t r = 0; r < std::ssize(labels); ++r)
      if (labels[r] != kIgnoredLabel)
        rows.push_back(static_cast<Id>(r)), counted.push_back(labels[r]);
    Var dense = reshape(x, x.shape());  // contiguous, as gather_rows wants it
    return linear_cross_entropy(gather_rows(dense, rows), weight, counted, options, chunk);
  }
  if (chunk == 0) chunk = std::max<int64_t>(kLogitsAtOnce / vocabulary, 1);
  // One chunk: its logits take less memory than a second gradient of W would.
  if (count <= chunk || weight.quantized() != nullptr)
    return cross_entropy(linear(x, weight), labels, options);
  int64_t chunks = (count + chunk - 1) / chunk;
  return in_chunks(x, weight, labels, options, (count + chunks - 1) / chunks);
}

}  // namespace t5
