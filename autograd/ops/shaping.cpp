#include "autograd/ops/shaping.h"

#include <cmath>

#include "tensor/ops/matmul.h"
#include "tensor/ops/quantized.h"
#include "tensor/ops/rows.h"

namespace t5 {

Var reshape(const Var& x, const Shape& shape) {
  return make_op({"reshape", Traffic{0, 0}}, x.value().reshape(shape), {x},
                 [x](const Tensor& dy) { x.add_grad(dy.reshape(x.shape())); });
}

Var transpose(const Var& x, int axis0, int axis1) {
  return make_op({"transpose", Traffic{0, 0}}, x.value().transpose(axis0, axis1), {x},
                 [x, axis0, axis1](const Tensor& dy) { x.add_grad(dy.transpose(axis0, axis1)); });
}

// y = x[begin:end];  dx[begin:end] += dy, elsewhere nothing
Var slice(const Var& x, int axis, int64_t begin, int64_t end) {
  Tensor y = x.value().slice(axis, begin, end);
  return make_op({"slice", Traffic{0, 2}}, y, {x}, [x, axis, begin, end](const Tensor& dy) {
    Shape before = x.shape(), after = x.shape();
    before[axis] = begin;
    after[axis] -= end;
    x.add_grad(concatenate({Tensor::zeros(before), dy, Tensor::zeros(after)}, axis));
  });
}

// y = x, repeated along stretched axes;  dx += dy summed over them (add_grad does it)
Var broadcast_to(const Var& x, const Shape& shape) {
  return make_op({"broadcast_to", Traffic{0, 1}}, x.value().broadcast_to(shape), {x},
                 [x](const Tensor& dy) { x.add_grad(dy); });
}

// y = the parts in a row;  each part's gradient is its stretch of dy
Var concatenate(const std::vector<Var>& parts, int axis) {
  std::vector<Tensor> values;
  for (const Var& part : parts) values.push_back(part.value());
  return make_op("concatenate", concatenate(values, axis), parts, [parts, axis](const Tensor& dy) {
    int64_t begin = 0;
    for (const Var& part : parts) {
      int64_t end = begin + part.dim(axis);
      part.add_grad(dy.slice(axis, begin, end));
      begin = end;
    }
  });
}

// y[i] = table[ids[i]];  dtable[ids[i]] += dy[i]
Var gather_rows(const Var& table, const Ids& ids) {
  if (table.quantized() != nullptr) return Var(table.quantized()->rows(ids));
  // exercise 08-embeddings/gradient — an op: rows are read, and their gradients added back
  Tensor y = gather_rows(table.value(), ids);
  return make_op({"gather_rows", Traffic{2, 3}}, y, {table}, [table, ids](const Tensor& dy) {
    auto [dtable, beta] = table.grad_target();
    if (beta == 0) dtable.fill(0);  // nobody has written it yet
    scatter_add_rows(dtable, ids, dy);
  });
  // end exercise
}

// y[i] = x[i, columns[i]];  dx[i, columns[i]] += dy[i]
Var pick(const Var& x, const Ids& columns) {
  int64_t rows = x.dim(0), width = x.dim(1);
  require(static_cast<int64_t>(columns.size()) == rows, "pick: {} columns for {} rows",
          columns.size(), rows);
  // exercise 04-autograd/pick — one element of each row; its gradient goes back where it came from
  Tensor y({rows, 1});
  for (int64_t i = 0; i < rows; ++i) y.mutable_data()[i] = x.value().at({i, columns[i]});
  return make_op("pick", y, {x}, [x, columns, rows, width](const Tensor& dy) {
    Tensor dx = Tensor::zeros({rows, width});
    for (int64_t i = 0; i < rows; ++i) dx.mutable_data()[i * width + columns[i]] = dy.data()[i];
    x.add_grad(dx);
  });
  // end exercise
}

// y = sum of x;  dx += dy, everywhere
Var sum(const Var& x) {
  return make_op("sum", sum(x.value()), {x},
                 [x](const Tensor& dy) { x.add_grad(dy.broadcast_to(x.shape())); });
}

Var sum(const Var& x, int axis) {
  return make_op("sum", sum(x.value(), axis), {x},
                 [x](const Tensor& dy) { x.add_grad(dy.broadcast_to(x.shape())); });
}

// y = sum of x / n;  dx += dy / n
Var mean(const Var& x) {
  real n = static_cast<real>(x.value().size());
  Tensor y = map([n](real total) { return total / n; }, sum(x.value()));
  return make_op("mean", y, {x}, [x, n](const Tensor& dy) {
    x.add_grad([n](real g) { return g / n; }, dy.broadcast_to(x.shape()));
  });
}

Var mean(const Var& x, int axis) {
  real n = static_cast<real>(x.dim(axis));
  Tensor y = map([n](real total) { return total / n; }, sum(x.value(), axis));
  return make_op("mean", y, {x}, [x, n](const Tensor& dy) {
    x.add_grad([n](real g) { return g / n; }, dy.broadcast_to(x.shape()));
  });
}

// y = max of x along the axis;  dx += dy at the first place that holds it
Var maximum(const Var& x, int axis) {
  Tensor y = maximum(x.value(), axis);
  return make_op("maximum", y, {x}, [x, y, axis](const Tensor& dy) {
    Tensor open = Tensor::full(y.shape(), 1);  // 1 until the maximum was met
    std::vector<Tensor> parts;
    for (int64_t i = 0; i < x.dim(axis); ++i) {
      Tensor hit = map([](real v, real top, real o) { return v == top ? o : real(0); },
                       x.value().slice(axis, i, i + 1), y, open);
      update([](real o, real h) { return o - h; }, open, hit);
      parts.push_back(map([](real g, real h) { return g * h; }, dy, hit));
    }
    x.add_grad(concatenate(parts, axis));
  });
}

// y = softmax(x);  dx += y (dy - sum(dy y))
Var softmax(const Var& x) {
  Tensor y = softmax(x.value());
  return make_op("softmax", y, {x}, [x, y](const Tensor& dy) {
    Tensor inner = sum(map([](real g, real p) { return g * p; }, dy, y), -1);
    x.add_grad([](real g, real p, real s) { return p * (g - s); }, dy, y, inner);
  });
}

// y = x - log sum e^x;  dx += dy - softmax(x) sum(dy)
Var log_softmax(const Var& x) {
  Tensor y = log_softmax(x.value());
  return make_op("log_softmax", y, {x}, [x, y](const Tensor& dy) {
    x.add_grad([](real g, real l, real s) { return g - std::exp(l) * s; }, dy, y, sum(dy, -1));
  });
}

// y = a b;  da += dy b',  db += a' dy, summed over broadcast batch axes
Var matmul(const Var& a, const Var& b) {
  // exercise 04-autograd/matmul — two products more, and only those that somebody asked for
  Tensor y = matmul(a.value(), b.value());
  return make_op("matmul", y, {a, b}, [a, b](const Tensor& dy) {
    if (a.requires_grad()) a.add_grad(matmul(dy, b.value().transpose()));
    if (b.requires_grad()) b.add_grad(matmul(a.value().transpose(), dy));
  });
  // end exercise
}

}  // namespace t5
