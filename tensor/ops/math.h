// Scalar functions that compilers turn into vector code, and sums that they may reorder.
//
// std::exp is a call that keeps a loop from being vectorised; `exp_fast` is arithmetic only. A
// plain sum must be added in order, one element per add latency; `simd_sum` grants reordering for
// that one loop, which neither -ffast-math nor its other permissions are needed for.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "tensor/real.h"

namespace t5 {

// e^x within 2 units in the last place for x up to 88.3: 0 below -87.3, constant above 88.3. NaN
// stays NaN.
//   x = n ln 2 + r, |r| <= ln 2 / 2:   e^x = 2^n e^r,   e^r by its Taylor series to r^7 / 7!
inline float exp_fast(float x) {
  constexpr float kRounder = 0x1.8p23f;  // adding it leaves the nearest integer in the low bits
  float clamped = std::min(std::max(x, -87.3f), 88.3f);
  float shifted = clamped * 1.44269504f + kRounder;
  float n = shifted - kRounder;
  // ln 2 in two parts, the first with so few bits that n times it is exact (Cody and Waite 1980).
  float r = (clamped - n * 0.693359375f) - n * -2.12194440e-4f;
  float series = 1 / 5040.0f;
  for (float c : {1 / 720.0f, 1 / 120.0f, 1 / 24.0f, 1 / 6.0f, 0.5f, 1.0f, 1.0f})
    series = series * r + c;
  auto exponent = std::bit_cast<uint32_t>(shifted) << 23;  // n, moved to where a float keeps it
  float result = std::bit_cast<float>(std::bit_cast<uint32_t>(series) + exponent);
  return x < -87.3f ? 0.0f : result;
}
inline double exp_fast(double x) { return std::exp(x); }

// tanh u = 1 - 2 / (e^2u + 1), within 2e-7 of it; near 0 the relative error is larger than that
inline real tanh_fast(real u) {
  real limited = std::min(std::max(u, real(-20)), real(20));
  return 1 - 2 / (exp_fast(2 * limited) + 1);
}

inline real sigmoid(real x) { return 1 / (1 + exp_fast(-x)); }

// The sum of term(i) over [0, n), in the order that is fastest. `term` is taken by value: where it
// is a reference, GCC 12 fetches the numbers of a vector one by one, five to ten times slower.
template <class Term>
real simd_sum(int64_t n, Term term) {
  real sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < n; ++i) sum += term(i);
  return sum;
}

// The largest term(i) over [0, n); the lowest number when n = 0.
template <class Term>
real simd_max(int64_t n, Term term) {
  real best = std::numeric_limits<real>::lowest();
#if defined(__clang__)  // leaves the loop below scalar; 16 maxima side by side are ten times faster
  constexpr int64_t kLanes = 16;
  std::array<real, kLanes> lanes;
  lanes.fill(best);
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int64_t k = 0; k < kLanes; ++k) lanes[k] = std::max(lanes[k], term(i + k));
  best = *std::max_element(lanes.begin(), lanes.end());
  for (; i < n; ++i) best = std::max(best, term(i));
#else
#pragma omp simd reduction(max : best)
  for (int64_t i = 0; i < n; ++i) best = std::max(best, term(i));
#endif
  return best;
}

}  // namespace t5
