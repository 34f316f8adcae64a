// The feed-forward layer's activations with their dropout, plain and gated, and the residual add.

#include <cmath>
#include <utility>

#include "autograd/fused/fused.h"
#include "tensor/ops/math.h"

namespace t5 {
namespace {

struct Relu {
  static real value(real x) { return x > 0 ? x : 0; }
  static real slope(real x) { return x > 0 ? real(1) : real(0); }
};

// "gelu_new" (Hendrycks and Gimpel 2016): x/2 (1 + tanh u), u = sqrt(2/pi) (x + 0.044715 x^3)
struct Gelu {
  static constexpr real kRoot = 0.79788456080286535588, kCubic = 0.044715;
  static real value(real x) { return x / 2 * (1 + tanh_fast(kRoot * (x + kCubic * x * x * x))); }
  static real slope(real x) {
    real t = tanh_fast(kRoot * (x + kCubic * x * x * x));
    return (1 + t) / 2 + x / 2 * (1 - t * t) * kRoot * (1 + 3 * kCubic * x * x);
  }
};

// x sigmoid(x)
struct Silu {
  static real value(real x) { return x * sigmoid(x); }
  static real slope(real x) {
    real s = sigmoid(x);
    return s * (1 + x * (1 - s));
  }
};

// Calls run(Relu{}), run(Gelu{}) or run(Silu{}): the choice is made once, outside the loops.
template <class Run>
auto with_activation(Activation f, const Run& run) {
  if (f == Activation::kRelu) return run(Relu{});
  if (f == Activation::kGelu) return run(Gelu{});
  return run(Silu{});
}

// y[i] = formula(i) for every element. The loop reads its own copy of the formula: behind a
// reference, what it captures might change with every store, and nothing would be vectorised.
template <class Formula>
void fill(Tensor& y, const Formula& formula) {
  real* out = y.mutable_data();
  parallel_for(y.size(), kElementGrain, [&formula, out](int64_t begin, int64_t end) {
    const Formula f = formula;
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) out[i] = f(i);
  });
}

// fill, with the mask's keep(i) for the formula to multiply by; 1 when nothing is dropped.
template <class Formula>
void fill_masked(Tensor& y, const DropoutMask& mask, const Formula& formula) {
  if (!mask.active()) return fill(y, [formula](int64_t i) { return formula(i, real(1)); });
  fill(y, [formula, mask](int64_t i) { return formula(i, mask.keep(i)); });
}

template <class Formula>
Tensor generate_masked(const Shape& shape, const DropoutMask& mask, const Formula& formula) {
  Tensor y(shape);
  fill_masked(y, mask, formula);
  return y;
}

// Memory for a result of x's shape: that of x itself when x was given away.
Tensor room_for_result(const Var& x) {
  return x.sole_owner() && x.value().contiguous() ? x.value() : Tensor(x.shape());
}

// Memory for a gradient of dy's shape: that of dy itself when no other node waits for it.
Tensor room_for_gradient(const Tensor& dy) { return dy.unique() ? dy : Tensor(dy.shape()); }

}  // namespace

// y = x + branch keep;  dx += dy,  dbranch += dy keep
Var add_residual(const Var& x, Var branch, const Dropout& dropout) {
  require(x.shape() == branch.shape(), "add_residual: {} + {}", x.shape(), branch.shape());
  DropoutMask mask(dropout);
  Tensor y = room_for_result(branch);
  Tensor a = x.value().as_contiguous(), b = branch.value().as_contiguous();
  const real *p = a.data(), *q = b.data();
  fill_masked(y, mask, [=](int64_t i, real keep) { return p[i] + q[i] * keep; });
  return make_op(
      {"add_residual", Traffic{3, 2}}, y, {x, branch}, [x, branch, mask](const Tensor& dy) {
        const real* g = dy.data();
        if (mask.active() && branch.requires_grad())
          branch.add_grad(
              generate_masked(dy.shape(), mask, [g](int64_t i, real keep) { return g[i] * keep; }));
        else
          branch.add_grad(dy);
        x.add_grad(dy);
      });
}

namespace {

// y = relu(x) keep. Where y > 0, the slope is 1; elsewhere x was not positive or was dropped, and
// nothing flows back either way. So the backward pass reads y, and x is not kept.
Var relu_dropout(Var x, const DropoutMask& mask) {
  Tensor y = room_for_result(x), input = x.value().as_contiguous();
  const real* in = input.data();
  fill_masked(y, mask, [in](int64_t i, real keep) { return Relu::value(in[i]) * keep; });
  return make_op("activate", y, {x}, [x, y, mask](const Tensor& dy) {
    Tensor dx = room_for_gradient(dy);
    const real *g = dy.data(), *v = y.data();
    fill_masked(dx, mask, [=](int64_t i, real keep) { return g[i] * keep * Relu::slope(v[i]); });
    x.add_grad(dx);
  });
}

}  // namespace

// y = f(x) keep;  dx += dy keep f'(x)
Var activate(Activation f, Var x, const Dropout& dropout) {
  DropoutMask mask(dropout);
  if (f == Activation::kRelu) return relu_dropout(std::move(x), mask);
  Tensor input = x.value().as_contiguous();
  const real* in = input.data();
  Tensor y = with_activation(f, [&]<class F>(F) {
    return generate_masked(x.shape(), mask,
                           [in](int64_t i, real keep) { return F::value(in[i]) * keep; });
  });
  return make_op("activate", y, {x}, [f, x, input, mask](const Tensor& dy) {
    Tensor dx = room_for_gradient(dy);
    const real *g = dy.data(), *v = input.data();
    with_activation(f, [&]<class F>(F) {
      fill_masked(dx, mask, [=](int64_t i, real keep) { return g[i] * keep * F::slope(v[i]); });
    });
    x.add_grad(dx);
  });
}

namespace {

// forward was: y = f(gate) x keep
// so:          dgate += dy keep x f'(gate),  dx += dy keep f(gate)
template <class F>
void add_gated_gradients(const Var& gate, const Var& x, const real* a, const real* in,
                         const DropoutMask& mask, const Tensor& dy) {
  // exercise 11-encoder/gated-gradient — the product rule, under a mask that is drawn again
  const real* g = dy.data();
  gate.add_grad(generate_masked(dy.shape(), mask, [=](int64_t i, real keep) {
    return g[i] * keep * in[i] * F::slope(a[i]);
  }));
  x.add_grad(generate_masked(dy.shape(), mask,
                             [=](int64_t i, real keep) { return g[i] * keep * F::value(a[i]); }));
  // end exercise
}

}  // namespace

// y = f(gate) x keep
Var activate_gated(Activation f, const Var& gate, const Var& x, const Dropout& dropout) {
  require(gate.shape() == x.shape(), "activate_gated: {} * {}", gate.shape(), x.shape());
  DropoutMask mask(dropout);
  Tensor gates = gate.value().as_contiguous(), input = x.value().as_contiguous();
  const real *a = gates.data(), *in = input.data();
  Tensor y = with_activation(f, [&]<class F>(F) {
    return generate_masked(x.shape(), mask,
                           [=](int64_t i, real keep) { return F::value(a[i]) * in[i] * keep; });
  });
  return make_op("activate_gated", y, {gate, x},
                 [f, gate, x, gates, input, mask](const Tensor& dy) {
                   with_activation(f, [&]<class F>(F) {
                     add_gated_gradients<F>(gate, x, gates.data(), input.data(), mask, dy);
                   });
                 });
}

}  // namespace t5
