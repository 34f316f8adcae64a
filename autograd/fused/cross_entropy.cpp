// Softmax cross-entropy with ignored labels, label smoothing and z-loss, in two passes over the
// logits: one for the loss, one that turns them into their own gradient.

#include <cmath>

#include "autograd/fused/fused.h"
#include "tensor/ops/math.h"

namespace t5 {
namespace {

int64_t count_labels(const Ids& labels, int64_t vocabulary) {
  int64_t count = 0;
  for (Id label : labels) {
    if (label == kIgnoredLabel) continue;
    check(label >= 0 && label < vocabulary,
          "cross_entropy: label {} is outside the vocabulary of {}; padding must be {}", label,
          vocabulary, kIgnoredLabel);
    ++count;
  }
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
  check(logits.value().rank() == 2 && logits.dim(0) == static_cast<int64_t>(labels.size()),
        "cross_entropy: logits {} for {} labels", logits.shape(), labels.size());
  bool overwrite = logits.sole_owner() && logits.value().contiguous();
  Tensor x = logits.value().as_contiguous();
  int64_t rows = x.dim(0), n = x.dim(1), count = count_labels(labels, n);
  check(count > 0 || options.normalizer > 0,
        "cross_entropy: every label is {}: there is nothing to learn from", kIgnoredLabel);
  real share = real(1) / static_cast<real>(options.normalizer > 0 ? options.normalizer : count);
  std::vector<real> log_z(rows), losses(rows);
  parallel_for(rows, kElementGrain / n, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      if (labels[r] == kIgnoredLabel) continue;
      const real* row = std::as_const(x).data() + r * n;
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
                   const real* from = std::as_const(x).data();
                   real* to = dx.data();
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

}  // namespace t5
