// The layers that work on each token alone: linear, embedding, norm, feed-forward.
//
// A layer holds its parameters and is called like a function on the rows of an (N, M) matrix, one
// row per token. Standard deviations are those of the T5 reference code (Mesh TensorFlow), in which
// the missing 1 / sqrt(D) of attention is part of q's initialisation.
#pragma once

#include <memory>
#include <optional>

#include "autograd/fused/fused.h"
#include "autograd/ops/shaping.h"
#include "nn/parameters.h"

namespace t5 {

// What changes a linear layer from beside it and leaves its weight alone: see t5/transfer.
class LinearAdapter {
 public:
  virtual ~LinearAdapter() = default;
  // (N, in) -> (N, out), in place of the layer's own product with its weight.
  virtual Var operator()(const Var& x, const Var& weight, const Dropout& dropout) const = 0;
};

// (N, in) -> (N, out), no bias. Only an adapter drops anything.
struct Linear {
  Var weight;                                    // (out, in)
  std::shared_ptr<const LinearAdapter> adapter;  // null for most

  Linear(Scope scope, int64_t in, int64_t out, double deviation)
      : weight(scope.parameter("weight", {out, in}, Init::normal(deviation))),
        adapter(scope.linear_adapter(in, out)) {}
  Var operator()(const Var& x, const Dropout& dropout = {}) const {
    return adapter ? (*adapter)(x, weight, dropout) : linear(x, weight);
  }
};

// N ids -> (N, M)
struct Embedding {
  Var weight;  // (V, M)

  Embedding(Scope scope, int64_t vocabulary, int64_t width, double deviation)
      : weight(scope.parameter("weight", {vocabulary, width}, Init::normal(deviation))) {}
  Var operator()(const Ids& ids) const { return gather_rows(weight, ids); }
};

// (N, M) -> (N, V): a score for every token of the vocabulary, the product of the state with the
// token's row of the table: the embedding's own (a tied head, as in T5 v1.0, which is scaled by
// M^-1/2) or another one (v1.1, not scaled).
struct VocabularyHead {
  Var table;  // (V, M)
  bool scaled;

  Var input(const Var& states) const;  // what the table is multiplied with
  Var operator()(const Var& states) const { return linear(input(states), table); }
};

// (N, M) -> (N, M)
struct RmsNorm {
  Var weight;  // (M)
  real epsilon;

  RmsNorm(Scope scope, int64_t width, double epsilon, double scale = 1)
      : weight(scope.parameter("weight", {width}, Init::constant(scale))),
        epsilon(static_cast<real>(epsilon)) {}
  Var operator()(const Var& x) const { return rms_norm(x, weight, epsilon); }
};

// (N, M) -> (N, M) through F features: wo(drop(f(wi x))), or gated, wo(drop(f(wi_0 x) * wi_1 x)).
struct FeedForward {
  Activation activation;
  Linear wi;                   // wi, or wi_0 when gated
  std::optional<Linear> wi_1;  // only when gated
  Linear wo;

  FeedForward(Scope scope, int64_t width, int64_t features, Activation activation, bool gated,
              double factor);
  Var operator()(const Var& x, const Dropout& dropout) const;
};

}  // namespace t5
