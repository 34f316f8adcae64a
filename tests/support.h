// What the tests share: tolerances, comparisons of tensors, a scope for the thread count.
//
// It includes tensor/ alone, so that every test of every layer can use it in both precisions.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tensor/error.h"
#include "tensor/parallel.h"
#include "tensor/tensor.h"

namespace t5::testing {

// The tolerances, all on gap(): |a - b| / (1 + |b|).
//
// One rounding: the same number reached by other arithmetic, a few units in the last place.
constexpr double kRounding = kDoublePrecision ? 1e-14 : 1e-6;
// Sums of up to a few hundred terms of size 1 in another order: a rounding each, which add up like
// a random walk.
constexpr double kSums = kDoublePrecision ? 1e-12 : 2e-5;
// Against a fixture: computed in float64 and rounded once to float32 (6e-8); our sums dominate.
constexpr double kFixture = 1e-5;

// The largest |a - b| / (1 + |b|): absolute for small numbers, relative for large ones. Infinite
// when the shapes differ or a NaN faces a number.
inline double gap(const Tensor& a, const Tensor& b) {
  if (!(a.shape() == b.shape())) return HUGE_VAL;
  std::vector<real> p = a.to_vector(), q = b.to_vector();
  double worst = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    double error = std::abs(static_cast<double>(p[i]) - q[i]) / (1 + std::abs(q[i]));
    if (!(error <= worst)) worst = std::isnan(error) ? HUGE_VAL : error;
  }
  return worst;
}

// "" when every element agrees within the tolerance (as gap() measures), or one line that names the
// first that does not: "element 4 of (2, 3): 0.5 instead of 1.5".
inline std::string difference(const Tensor& got, const Tensor& expected, double tolerance = kSums) {
  if (!got.defined()) return "no tensor at all";
  if (!(got.shape() == expected.shape()))
    return fmt::format("shape {} instead of {}", got.shape(), expected.shape());
  std::vector<real> p = got.to_vector(), q = expected.to_vector();
  for (size_t i = 0; i < p.size(); ++i)
    if (!(std::abs(static_cast<double>(p[i]) - q[i]) <= tolerance * (1 + std::abs(q[i]))))
      return fmt::format("element {} of {}: {} instead of {}", i, got.shape(), p[i], q[i]);
  return "";
}

// Same shape, same bits.
inline bool identical(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.to_vector() == b.to_vector();
}

// 0, 1, 2, … in row-major order: an element tells where it came from.
inline Tensor counting(const Shape& shape) {
  std::vector<real> values(shape.size());
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<real>(i);
  return Tensor::from(shape, values);
}

inline Tensor random_tensor(const Shape& shape, uint64_t seed) {
  Random random(seed);
  return Tensor::normal(shape, random);
}

// The share of elements that are zero.
inline double zero_share(const Tensor& x) {
  double zeros = 0;
  for (real v : x.to_vector()) zeros += v == 0;
  return zeros / static_cast<double>(x.size());
}

// The message of the Error that `action` throws; "no error" when it throws none.
template <class Action>
std::string error_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// Runs on `count` threads until the end of the scope.
class Threads {
 public:
  explicit Threads(int count) : before_(thread_count()) { set_thread_count(count); }
  ~Threads() { set_thread_count(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

}  // namespace t5::testing
