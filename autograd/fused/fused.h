// The ops that T5 spends its time in, each done in one pass over memory.
//
// Every op here has a twin of the same signature in autograd/reference.h, written from simple ops;
// a test holds values and gradients of the two together. Read the twin first.
#pragma once

#include "autograd/ops/dropout.h"
#include "autograd/var.h"
#include "tensor/segments.h"

namespace t5 {

// y = x W':  (N, in) x (out, in) -> (N, out). No bias: T5 has none.
Var linear(const Var& x, const Var& weight);
// y + x W', written over y where nobody else holds it. `weight` is made of floats.
Var add_linear(Var y, const Var& x, const Var& weight);

// y = x / sqrt(mean(x^2) + epsilon) * weight, row by row (Zhang and Sennrich 2019): (N, M), (M).
// Nothing is subtracted: this is not LayerNorm.
Var rms_norm(const Var& x, const Var& weight, real epsilon);

// y = x + dropout(branch): a residual connection. A branch that is given away (std::move of the
// only handle) is overwritten by y.
Var add_residual(const Var& x, Var branch, const Dropout& dropout);

enum class Activation { kRelu, kGelu, kSilu };  // kGelu is "gelu_new", the tanh approximation

// y = dropout(f(x)), and y = dropout(f(gate) * x) (Shazeer 2020). With relu, y overwrites an x that
// is given away: the slope can be told from y.
Var activate(Activation f, Var x, const Dropout& dropout);
Var activate_gated(Activation f, const Var& gate, const Var& x, const Dropout& dropout);

// What attention needs to know beside its operands.
struct AttentionLayout {
  int64_t heads;
  Segments queries, keys;  // sequence b: rows queries b of q attend to rows keys b of k and v
  bool causal = false;     // query i sees keys 0 … i only
};

// Multi-head attention, softmax(Q K' + bias) V for each head and sequence; T5 does not divide by
// sqrt(D). q: (queries.rows(), H * D); k, v: (keys.rows(), H * D); the result has q's shape.
// bias, which may be undefined, holds one number per head and distance:
//   (H, T + S - 1) with T = queries.longest(), S = keys.longest();
//   bias[h, j - i + T - 1] is added to the score of query i and key j.
// Scores exist for a tile of queries at a time and are computed again in the backward pass: memory
// grows with the length, not with its square (Dao et al. 2022).
Var attention(const Var& q, const Var& k, const Var& v, const Var& bias,
              const AttentionLayout& layout, const Dropout& dropout);

constexpr Id kIgnoredLabel = -100;

struct CrossEntropyOptions {
  real label_smoothing = 0;  // this share of the target is spread evenly over the vocabulary
  real z_loss = 0;           // times log(Z)^2, which keeps the logits from drifting
  int64_t normalizer = 0;    // the sum is divided by this; 0: by the number of labels that count
};

// Mean cross-entropy of softmax(logits) against labels; labels of -100 do not count.
// logits: (N, V). The log-probabilities are never stored. When the caller gives the logits away
// (std::move of the only handle), the gradient overwrites them.
Var cross_entropy(Var logits, const Ids& labels, const CrossEntropyOptions& options = {});

// cross_entropy(linear(x, weight), labels, options) with the logits of `chunk` rows at a time; 0:
// as many as keep the processor busy. The (N, V) logits never exist as a whole, and those of rows
// whose label is -100 not at all. x: (N, M), weight: (V, M). Both gradients are computed in the
// forward pass, where one is recorded: one of W's size is held from there on (Hsu et al. 2024).
Var linear_cross_entropy(const Var& x, const Var& weight, const Ids& labels,
                         const CrossEntropyOptions& options = {}, int64_t chunk = 0);

}  // namespace t5
