// exp_fast, tanh_fast and sigmoid against the standard library in double.
#include "tensor/ops/math.h"

#include <cstring>

#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

// Calls check(x) for floats spread over (low, high): every bit pattern that is a multiple of
// `stride`, so that tiny numbers are met as well as large ones.
template <class Check>
void sweep_floats(float low, float high, uint32_t stride, const Check& check) {
  for (uint64_t bits = 0; bits <= UINT32_MAX; bits += stride) {
    auto x = std::bit_cast<float>(static_cast<uint32_t>(bits));
    if (x > low && x < high) check(x);
  }
}

}  // namespace

TEST_SUITE("21-performance") {
  TEST_CASE("exp_fast: within two units in the last place from -87.3 to 88.3") {
    double worst = 0;
    sweep_floats(-87.3f, 88.3f, 9973, [&](float x) {
      double exact = std::exp(static_cast<double>(x));
      worst = std::max(worst, std::abs(exp_fast(x) - exact) / exact);
    });
    CHECK(worst <= 2 * 0x1p-23);  // a unit in the last place is at most 2^-23 of the number
  }

  TEST_CASE("exp_fast: 0 far below, finite far above, NaN stays NaN") {
    CHECK(exp_fast(-INFINITY) == 0.0f);
    CHECK(exp_fast(-88.0f) == 0.0f);
    CHECK(exp_fast(std::numeric_limits<float>::lowest()) == 0.0f);
    CHECK(std::isfinite(exp_fast(1e30f)));
    CHECK(exp_fast(1e30f) > 2e38f);
    CHECK(exp_fast(0.0f) == 1.0f);
    CHECK(exp_fast(-0.0f) == 1.0f);
    CHECK(std::isnan(exp_fast(std::numeric_limits<float>::quiet_NaN())));
    int64_t bad = 0;
    sweep_floats(-INFINITY, INFINITY, 9973, [&](float x) { bad += !(exp_fast(x) >= 0); });
    CHECK(bad == 0);
  }

  TEST_CASE("exp_fast: never falls by more than a unit in the last place as x grows") {
    float before = 0;
    int64_t falls = 0;
    for (float x = -87.4f; x < 88.5f; x = std::nextafter(x, 100.0f) + 5e-4f) {
      float y = exp_fast(x);
      falls += y < std::nextafter(before, 0.0f);
      before = y;
    }
    CHECK(falls == 0);
    for (float x = -1e-6f; x < 1e-6f; x += 1e-9f) CHECK(std::abs(exp_fast(x) - 1) <= 2e-6f);
  }

  TEST_CASE("tanh_fast: an absolute error of a few roundings, and never beyond one") {
    double worst = 0, largest = 0;
    sweep_floats(-100, 100, 9973, [&](float x) {
      double y = tanh_fast(x);
      worst = std::max(worst, std::abs(y - std::tanh(static_cast<double>(x))));
      largest = std::max(largest, std::abs(y));
    });
    CHECK(worst <= 2 * 0x1p-23);
    CHECK(largest <= 1);
    CHECK(tanh_fast(real(-INFINITY)) == -1);
    CHECK(tanh_fast(real(INFINITY)) == 1);
  }

  TEST_CASE("sigmoid: right in the middle, 0 and 1 at the ends") {
    for (real x : {real(-30), real(-1), real(0), real(0.5), real(20)})
      CHECK(sigmoid(x) ==
            doctest::Approx(1 / (1 + std::exp(-static_cast<double>(x)))).epsilon(1e-6));
    CHECK(sigmoid(real(1000)) == 1);
    CHECK(sigmoid(real(-1000)) < 1e-37);
    CHECK(sigmoid(real(-1000)) >= 0);
  }

  TEST_CASE("simd_sum and simd_max: every length, none included") {
    for (int64_t n = 0; n < 70; ++n) {
      CHECK(simd_sum(n, [](int64_t i) { return static_cast<real>(i); }) ==
            static_cast<real>(n * (n - 1) / 2));
      real top = simd_max(n, [](int64_t i) { return static_cast<real>(i * 7 % 31); });
      real expected = std::numeric_limits<real>::lowest();
      for (int64_t i = 0; i < n; ++i) expected = std::max(expected, static_cast<real>(i * 7 % 31));
      CHECK(top == expected);
    }
  }
}
