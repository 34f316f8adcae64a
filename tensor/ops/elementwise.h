// Element-by-element kernels over any number of inputs, with broadcasting and strides.
//
//   Tensor y = map([](real a, real b) { return a * b; }, a, b);      y[i] = a[i] * b[i]
//   update([](real y, real a) { return y + 2 * a; }, y, a);          y[i] += 2 * a[i]
//
// The formula is a template argument, so that the compiler sees it inside the loop and vectorises
// it. Axes that are laid out alike in all operands are merged first: contiguous operands of one
// shape become a single loop.
#pragma once

#include <array>
#include <initializer_list>
#include <utility>

#include "tensor/error.h"
#include "tensor/parallel.h"
#include "tensor/tensor.h"

namespace t5 {
namespace detail {

// Where inputs, broadcast to `result`, stand relative to a contiguous output of that shape: one
// stride per input and axis, axes that every input steps through evenly merged into one.
struct ElementLoop {
  static constexpr size_t kMaxInputs = 4;
  using Pointers = std::array<const real*, kMaxInputs>;

  Shape shape;
  std::array<Shape, kMaxInputs> strides;
  Pointers data{};

  ElementLoop(const Shape& result, std::initializer_list<const Tensor*> inputs);

  // The inputs' pointers at row `row` of the output, all axes but the last counted together.
  Pointers row_pointers(int64_t row) const;
};

// y[i] = f(y[i], x[i * step]…) over one row.
template <class F, size_t... K>
void update_row(const F& f, real* y, int64_t n, const ElementLoop::Pointers& x,
                const std::array<int64_t, ElementLoop::kMaxInputs>& steps,
                std::index_sequence<K...>) {
  auto dense = [&f](real* out, int64_t count, auto... in) {
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) out[i] = f(out[i], in[i]...);
  };
  if (((steps[K] == 1) && ...)) return dense(y, n, x[K]...);
  for (int64_t i = 0; i < n; ++i) y[i] = f(y[i], x[K][i * steps[K]]...);
}

// y[i] = f(y[i], inputs[i]…) for contiguous y of shape `shape`.
template <class F, class... T>
void update_elements(const F& f, const Shape& shape, real* y, const T&... inputs) {
  constexpr size_t N = sizeof...(T);
  ElementLoop loop(shape, {&inputs...});
  int64_t n = loop.shape[-1], rows = n == 0 ? 0 : shape.size() / n;
  std::array<int64_t, ElementLoop::kMaxInputs> steps{};
  for (size_t k = 0; k < N; ++k) steps[k] = loop.strides[k][-1];
  auto run = [&](int64_t row, int64_t begin, int64_t end) {
    auto x = loop.row_pointers(row);
    for (size_t k = 0; k < N; ++k) x[k] += begin * steps[k];
    update_row(f, y + row * n + begin, end - begin, x, steps, std::make_index_sequence<N>());
  };
  if (rows == 1) {
    parallel_for(n, kElementGrain, [&](int64_t begin, int64_t end) { run(0, begin, end); });
  } else {
    parallel_for(rows, kElementGrain / std::max<int64_t>(n, 1), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) run(row, 0, n);
    });
  }
}

}  // namespace detail

// A new tensor of the broadcast shape: y[i] = f(inputs[i]…).
template <class F, class First, class... Rest>
Tensor map(const F& f, const First& first, const Rest&... rest) {
  Shape shape = first.shape();
  ((shape = broadcast_shape("map", shape, rest.shape())), ...);
  Tensor y(shape);
  detail::update_elements([&f](real, auto... x) { return f(x...); }, shape, y.mutable_data(), first,
                          rest...);
  return y;
}

// In place: y[i] = f(y[i], inputs[i]…). y is contiguous; the inputs broadcast to its shape.
template <class F, class... T>
void update(const F& f, Tensor& y, const T&... inputs) {
  require(y.contiguous(), "update: the tensor that is written, {}, must be contiguous", y.shape());
  detail::update_elements(f, y.shape(), y.mutable_data(), inputs...);
}

}  // namespace t5
