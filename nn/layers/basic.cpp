#include "nn/layers/basic.h"

#include <cmath>

#include "autograd/ops/arithmetic.h"

namespace t5 {

Var VocabularyHead::input(const Var& states) const {
  // exercise 08-embeddings/tied-head — the states that meet the table, perhaps scaled
  Var x = states;
  if (scaled) x = x * static_cast<real>(1 / std::sqrt(static_cast<double>(table.dim(1))));
  return x;
  // end exercise
}

FeedForward::FeedForward(Scope scope, int64_t width, int64_t features, Activation activation,
                         bool gated, double factor)
    : activation(activation),
      wi(scope / (gated ? "wi_0" : "wi"), width, features,
         factor / std::sqrt(static_cast<double>(width))),
      wo(scope / "wo", features, width, factor / std::sqrt(static_cast<double>(features))) {
  if (gated)
    wi_1.emplace(scope / "wi_1", width, features, factor / std::sqrt(static_cast<double>(width)));
}

Var FeedForward::operator()(const Var& x, const Dropout& drop) const {
  if (wi_1) return wo(activate_gated(activation, wi(x, drop), (*wi_1)(x, drop), drop), drop);
  return wo(activate(activation, wi(x, drop), drop), drop);
}

}  // namespace t5
