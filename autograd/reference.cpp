#include "autograd/reference.h"

#include <cmath>
#include <numbers>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/shaping.h"

namespace t5::reference {
namespace {

// Finite, so that a row of nothing but masked scores gives no NaN.
constexpr real kMasked = std::numeric_limits<real>::lowest() / 2;

Var gelu(const Var& x) {
  Var u = (x + x * square(x) * real(0.044715)) * std::sqrt(2 / std::numbers::pi_v<real>);
  return x * real(0.5) * (tanh(u) + real(1));
}

Var apply(Activation f, const Var& x) {
  if (f == Activation::kRelu) return relu(x);
  if (f == Activation::kGelu) return gelu(x);
  return x * sigmoid(x);
}

// (T, H * D) -> (H, T, D)
Var split_heads(const Var& x, int64_t heads) {
  return transpose(reshape(x, {x.dim(0), heads, x.dim(1) / heads}), 0, 1);
}

// (T, S): 0 where query i may see key j, very low where j > i
Tensor causal_mask(int64_t queries, int64_t keys) {
  Tensor mask = Tensor::zeros({queries, keys});
  for (int64_t i = 0; i < queries; ++i)
    for (int64_t j = i + 1; j < keys; ++j) mask.data()[i * keys + j] = kMasked;
  return mask;
}

// (H, T_max + S_max - 1) by distance -> (H, T, S) by query and key: entry (i, j) is column
// j - i + T_max - 1, so query i's row is a slice that starts one further left for each i.
Var expand_bias(const Var& bias, int64_t longest_query, int64_t queries, int64_t keys) {
  std::vector<Var> rows;
  for (int64_t i = 0; i < queries; ++i) {
    int64_t first = longest_query - 1 - i;
    rows.push_back(reshape(slice(bias, 1, first, first + keys), {bias.dim(0), 1, keys}));
  }
  return concatenate(rows, 1);
}

}  // namespace

Var linear(const Var& x, const Var& weight) { return matmul(x, transpose(weight)); }

Var rms_norm(const Var& x, const Var& weight, real epsilon) {
  return x / sqrt(mean(square(x), -1) + epsilon) * weight;
}

Var add_dropout(const Var& x, const Var& branch, const Dropout& drop) {
  return x + dropout(branch, drop);
}

Var activate(Activation f, const Var& x, const Dropout& drop) { return dropout(apply(f, x), drop); }

Var activate_gated(Activation f, const Var& gate, const Var& x, const Dropout& drop) {
  return dropout(apply(f, gate) * x, drop);
}

Var attention(const Var& q, const Var& k, const Var& v, const Var& bias,
              const AttentionLayout& layout, const Dropout& drop) {
  const Segments &queries = layout.queries, &keys = layout.keys;
  std::vector<Var> outputs;
  for (int64_t b = 0; b < queries.count(); ++b) {
    int64_t T = queries.length(b), S = keys.length(b), first = keys.begin(b);
    Var qs = split_heads(slice(q, 0, queries.begin(b), queries.begin(b) + T), layout.heads);
    Var ks = split_heads(slice(k, 0, first, first + S), layout.heads);
    Var vs = split_heads(slice(v, 0, first, first + S), layout.heads);
    Var scores = matmul(qs, transpose(ks));  // (H, T, D) x (H, D, S) -> (H, T, S)
    if (bias.defined()) scores = scores + expand_bias(bias, queries.longest(), T, S);
    if (layout.causal) scores = scores + Var(causal_mask(T, S));
    Var weights = dropout(softmax(scores), drop);
    Var heads = matmul(weights, vs);  // (H, T, S) x (H, S, D) -> (H, T, D)
    outputs.push_back(reshape(transpose(heads, 0, 1), {T, q.dim(1)}));
  }
  return concatenate(outputs, 0);
}

Var cross_entropy(Var logits, const Ids& labels, const CrossEntropyOptions& options) {
  int64_t rows = logits.dim(0), vocabulary = logits.dim(1), count = 0;
  Tensor counts({rows, 1});  // 1 for labels that count, 0 for the others
  Ids columns = labels;
  for (int64_t i = 0; i < rows; ++i) {
    bool counted = labels[i] != kIgnoredLabel;
    counts.data()[i] = counted ? 1 : 0;
    if (!counted) columns[i] = 0;
    count += counted;
  }
  // exercise 05-layers/cross-entropy-twin — the definition, in simple ops
  Var log_p = log_softmax(logits);
  real smoothing = options.label_smoothing;
  Var loss = pick(log_p, columns) * (smoothing - 1) -
             sum(log_p, -1) * (smoothing / static_cast<real>(vocabulary));
  if (options.z_loss > 0) loss = loss + square(log(sum(exp(logits), -1))) * options.z_loss;
  return sum(loss * Var(counts)) *
         (real(1) / static_cast<real>(options.normalizer > 0 ? options.normalizer : count));
  // end exercise
}

}  // namespace t5::reference
