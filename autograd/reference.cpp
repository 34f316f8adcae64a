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

// (T, H * D) -> (H, T, D): columns h * D … (h + 1) * D become head h.
Var split_heads(const Var& x, int64_t heads) {
  // exercise 09-attention/split-heads — the columns of a row belong to the heads in turn
  int64_t rows = x.dim(0), width = x.dim(1) / heads;
  Var by_row = reshape(x, {rows, heads, width});
  return transpose(by_row, 0, 1);
  // end exercise
}

// (H, T, D) -> (T, H * D), the way back
Var join_heads(const Var& x) {
  return reshape(transpose(x, 0, 1), {x.dim(1), x.dim(0) * x.dim(2)});
}

// (T, S): 0 where query i may see key j, very low where j > i
Tensor causal_mask(int64_t queries, int64_t keys) {
  Tensor mask = Tensor::zeros({queries, keys});
  for (int64_t i = 0; i < queries; ++i)
    for (int64_t j = i + 1; j < keys; ++j) mask.mutable_data()[i * keys + j] = kMasked;
  return mask;
}

// The heads of one sequence: softmax(Q K' + bias) V. q: (T, H * D); k, v: (S, H * D); bias:
// (H, T, S) or undefined; the result has q's shape.
Var attend(const Var& q, const Var& k, const Var& v, const Var& bias, int64_t heads, bool causal,
           const Dropout& drop) {
  // exercise 09-attention/lookup — scores, mask, softmax, weighted sum, for all heads at once
  Var qs = split_heads(q, heads), ks = split_heads(k, heads), vs = split_heads(v, heads);
  Var scores = matmul(qs, transpose(ks));  // (H, T, D) x (H, D, S) -> (H, T, S)
  if (bias.defined()) scores = scores + bias;
  if (causal) scores = scores + Var(causal_mask(q.dim(0), k.dim(0)));
  Var weights = dropout(softmax(scores), drop);
  return join_heads(matmul(weights, vs));  // (H, T, S) x (H, S, D) -> (H, T, D)
  // end exercise
}

// (H, T_max + S_max - 1) by distance -> (H, T, S) by query and key: entry (i, j) is column
// j - i + T_max - 1, so query i's row is a slice that starts one further left for each i.
Var expand_bias(const Var& bias, int64_t longest_query, int64_t queries, int64_t keys) {
  // exercise 10-positions/expand — from one number per distance to one per query and key
  std::vector<Var> rows;
  for (int64_t i = 0; i < queries; ++i) {
    int64_t first = longest_query - 1 - i;
    rows.push_back(reshape(slice(bias, 1, first, first + keys), {bias.dim(0), 1, keys}));
  }
  return concatenate(rows, 1);
  // end exercise
}

}  // namespace

Var linear(const Var& x, const Var& weight) { return matmul(x, transpose(weight)); }

Var rms_norm(const Var& x, const Var& weight, real epsilon) {
  return x / sqrt(mean(square(x), -1) + epsilon) * weight;
}

Var add_residual(const Var& x, const Var& branch, const Dropout& drop) {
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
    int64_t T = queries.length(b), S = keys.length(b);
    Var biases = bias.defined() ? expand_bias(bias, queries.longest(), T, S) : Var();
    // exercise 09-attention/segments — the rows of one sequence, and nobody else's
    Var qs = slice(q, 0, queries.begin(b), queries.begin(b) + T);
    Var ks = slice(k, 0, keys.begin(b), keys.begin(b) + S);
    Var vs = slice(v, 0, keys.begin(b), keys.begin(b) + S);
    outputs.push_back(attend(qs, ks, vs, biases, layout.heads, layout.causal, drop));
    // end exercise
  }
  return concatenate(outputs, 0);
}

Var cross_entropy(Var logits, const Ids& labels, const CrossEntropyOptions& options) {
  int64_t rows = logits.dim(0), vocabulary = logits.dim(1), count = 0;
  Tensor counts({rows, 1});  // 1 for labels that count, 0 for the others
  Ids columns = labels;
  for (int64_t i = 0; i < rows; ++i) {
    bool counted = labels[i] != kIgnoredLabel;
    counts.mutable_data()[i] = counted ? 1 : 0;
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

Var linear_cross_entropy(const Var& x, const Var& weight, const Ids& labels,
                         const CrossEntropyOptions& options, int64_t) {
  return reference::cross_entropy(reference::linear(x, weight), labels, options);
}

}  // namespace t5::reference
