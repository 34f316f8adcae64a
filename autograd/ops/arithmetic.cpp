#include "autograd/ops/arithmetic.h"

#include <cmath>

namespace t5 {

// y = a + b;  da += dy,  db += dy
Var add(const Var& a, const Var& b) {
  Tensor y = map([](real p, real q) { return p + q; }, a.value(), b.value());
  return make_op({"add", Traffic{3, 0}}, y, {a, b}, [a, b](const Tensor& dy) {
    a.add_grad(dy);
    b.add_grad(dy);
  });
}

// y = a - b;  da += dy,  db += -dy
Var sub(const Var& a, const Var& b) {
  Tensor y = map([](real p, real q) { return p - q; }, a.value(), b.value());
  return make_op("sub", y, {a, b}, [a, b](const Tensor& dy) {
    a.add_grad(dy);
    b.add_grad([](real g) { return -g; }, dy);
  });
}

// y = a b;  da += dy b,  db += dy a
Var mul(const Var& a, const Var& b) {
  auto product = [](real p, real q) { return p * q; };
  Tensor y = map(product, a.value(), b.value());
  return make_op("mul", y, {a, b}, [a, b, product](const Tensor& dy) {
    a.add_grad(product, dy, b.value());
    b.add_grad(product, dy, a.value());
  });
}

// y = a / b
Var div(const Var& a, const Var& b) {
  // exercise 04-autograd/quotient — a first op of your own: the value, and the backward beside it
  // da += dy / b,  db += -dy a / b^2
  Tensor y = map([](real p, real q) { return p / q; }, a.value(), b.value());
  return make_op("div", y, {a, b}, [a, b](const Tensor& dy) {
    a.add_grad([](real g, real q) { return g / q; }, dy, b.value());
    b.add_grad([](real g, real p, real q) { return -g * p / (q * q); }, dy, a.value(), b.value());
  });
  // end exercise
}

// y = c x;  dx += c dy
Var scale(const Var& x, real factor) {
  auto times = [factor](real v) { return factor * v; };
  return make_op("scale", map(times, x.value()), {x},
                 [x, times](const Tensor& dy) { x.add_grad(times, dy); });
}

// y = x + c;  dx += dy
Var shift(const Var& x, real offset) {
  Tensor y = map([offset](real v) { return v + offset; }, x.value());
  return make_op("shift", y, {x}, [x](const Tensor& dy) { x.add_grad(dy); });
}

// y = e^x;  dx += dy y
Var exp(const Var& x) {
  Tensor y = map([](real v) { return std::exp(v); }, x.value());
  return make_op("exp", y, {x}, [x, y](const Tensor& dy) {
    x.add_grad([](real g, real e) { return g * e; }, dy, y);
  });
}

// y = ln x;  dx += dy / x
Var log(const Var& x) {
  Tensor y = map([](real v) { return std::log(v); }, x.value());
  return make_op("log", y, {x}, [x](const Tensor& dy) {
    x.add_grad([](real g, real v) { return g / v; }, dy, x.value());
  });
}

// y = sqrt x;  dx += dy / (2 y)
Var sqrt(const Var& x) {
  Tensor y = map([](real v) { return std::sqrt(v); }, x.value());
  return make_op("sqrt", y, {x}, [x, y](const Tensor& dy) {
    x.add_grad([](real g, real root) { return g / (2 * root); }, dy, y);
  });
}

// y = x^2;  dx += 2 x dy
Var square(const Var& x) {
  Tensor y = map([](real v) { return v * v; }, x.value());
  return make_op("square", y, {x}, [x](const Tensor& dy) {
    x.add_grad([](real g, real v) { return 2 * v * g; }, dy, x.value());
  });
}

// y = tanh x;  dx += dy (1 - y^2)
Var tanh(const Var& x) {
  Tensor y = map([](real v) { return std::tanh(v); }, x.value());
  return make_op("tanh", y, {x}, [x, y](const Tensor& dy) {
    x.add_grad([](real g, real t) { return g * (1 - t * t); }, dy, y);
  });
}

// y = 1 / (1 + e^-x);  dx += dy y (1 - y)
Var sigmoid(const Var& x) {
  Tensor y = map([](real v) { return 1 / (1 + std::exp(-v)); }, x.value());
  return make_op("sigmoid", y, {x}, [x, y](const Tensor& dy) {
    x.add_grad([](real g, real s) { return g * s * (1 - s); }, dy, y);
  });
}

// y = max(x, 0);  dx += dy where y > 0
Var relu(const Var& x) {
  Tensor y = map([](real v) { return v > 0 ? v : real(0); }, x.value());
  return make_op("relu", y, {x}, [x, y](const Tensor& dy) {
    x.add_grad([](real g, real v) { return v > 0 ? g : real(0); }, dy, y);
  });
}

}  // namespace t5
