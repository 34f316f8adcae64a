// Three arms of points wound around each other, and a small network that learns to tell them apart.
//
// The problem of chapters 05 and 06: small enough to train in seconds, and not to be solved by any
// straight line.
#pragma once

#include <cmath>
#include <numbers>

#include "autograd/ops/arithmetic.h"
#include "nn/layers/basic.h"

namespace t5::tutorial {

constexpr int64_t kArms = 3, kInputs = 3;

struct Spiral {
  Tensor x;    // (N, 3): both coordinates and a 1, the input whose weights serve as biases
  Ids labels;  // N: which arm
};

// Each arm leaves the middle in a direction of its own and winds once around while its radius
// grows to 1; `noise` is the standard deviation of a point's distance from its place.
inline Spiral make_spiral(int64_t points_per_arm, double noise, uint64_t seed) {
  Spiral spiral{Tensor({kArms * points_per_arm, kInputs}), {}};
  Random random(seed);
  real* x = spiral.x.mutable_data();
  for (int64_t arm = 0; arm < kArms; ++arm)
    for (int64_t i = 0; i < points_per_arm; ++i, x += kInputs) {
      double radius = (static_cast<double>(i) + 0.5) / static_cast<double>(points_per_arm);
      double turn = radius + static_cast<double>(arm) / kArms;
      double angle = 2 * std::numbers::pi * turn;
      x[0] = static_cast<real>(radius * std::cos(angle) + noise * random.normal());
      x[1] = static_cast<real>(radius * std::sin(angle) + noise * random.normal());
      x[2] = 1;
      spiral.labels.push_back(static_cast<Id>(arm));
    }
  return spiral;
}

// (N, 3) -> (N, 3): two hidden layers of `width` features; a row of the result is one score per
// arm. Weights start with the deviation factor / sqrt(inputs); those of the first layer `unit`
// times larger, for inputs that were divided by it.
struct Mlp {
  Linear wi, wh, wo;

  Mlp(Scope scope, int64_t width, double factor, double unit = 1)
      : wi(scope / "wi", kInputs, width, unit * factor / std::sqrt(static_cast<double>(kInputs))),
        wh(scope / "wh", width, width, factor / std::sqrt(static_cast<double>(width))),
        wo(scope / "wo", width, kArms, factor / std::sqrt(static_cast<double>(width))) {}
  Var operator()(const Var& x) const { return wo(relu(wh(relu(wi(x))))); }
};

// The share of points whose highest score is that of their own arm.
double accuracy(const auto& network, const Spiral& spiral) {
  NoGrad no_grad;
  Ids guesses = argmax(network(Var(spiral.x)).value());
  double right = 0;
  for (size_t i = 0; i < guesses.size(); ++i) right += guesses[i] == spiral.labels[i];
  return right / static_cast<double>(guesses.size());
}

}  // namespace t5::tutorial
