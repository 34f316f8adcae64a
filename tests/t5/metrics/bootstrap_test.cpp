// Intervals and paired tests, by what the theory of samples says of them.
#include "t5/metrics/bootstrap.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/support.h"

using namespace t5;
using doctest::Approx;
using t5::testing::Threads;

namespace {

// The mean of the values of the examples that were drawn.
SampleScore mean_of(std::vector<double> values) {
  return [=](std::span<const int64_t> examples) {
    double sum = 0;
    for (int64_t i : examples) sum += values.at(i);
    return sum / static_cast<double>(examples.size());
  };
}

// Two systems' values of n examples: right or wrong at random, the second one right `gain` oftener.
std::vector<double> two_systems(int64_t n, double share, double gain) {
  Random random(5);
  std::vector<double> values(2 * n);
  for (double& value : values) value = 0;
  for (int64_t i = 0; i < n; ++i) {
    values[i] = random.uniform() < share;
    values[n + i] = random.uniform() < share + gain;
  }
  return values;
}

}  // namespace

TEST_SUITE("17-evaluation") {
  TEST_CASE("paired bootstrap: a difference that is there has a small p-value") {
    CHECK_MESSAGE(paired_bootstrap(mean_of(two_systems(400, 0.5, 0.2)), 400, 500, 1) < 0.01,
                  "half right against 70 % of 400 examples is no accident");
  }

  TEST_CASE("paired bootstrap: two systems of one quality have a large p-value") {
    CHECK_MESSAGE(paired_bootstrap(mean_of(two_systems(400, 0.5, 0)), 400, 500, 1) > 0.05,
                  "differences of resampled scores are held against their own mean");
  }

  TEST_CASE("paired bootstrap: both systems are judged on the same sample") {
    // The examples differ greatly, the systems by little, and always in the same direction.
    std::vector<double> values;
    for (int64_t i = 0; i < 100; ++i) values.push_back(i % 2 == 0 ? 0 : 100);
    for (int64_t i = 0; i < 100; ++i) values.push_back(values[i] + 1);
    CHECK_MESSAGE(paired_bootstrap(mean_of(values), 100, 200, 1) == Approx(1.0 / 201),
                  "the second is better on each example: no sample can hide it, if it is the same "
                  "sample for both");
  }

  TEST_CASE("paired bootstrap: a system against itself, and the one that is counted more") {
    std::vector<double> values = {1, 0, 1, 0, 1, 0};
    CHECK_MESSAGE(paired_bootstrap(mean_of(values), 3, 99, 1) > 0, "a p-value is never 0");
    values = {1, 0, 1, 1, 0, 1};
    CHECK_MESSAGE(paired_bootstrap(mean_of(values), 3, 99, 1) == Approx(0.01),
                  "(0 + 1) / (99 + 1): no difference is larger than none");
  }
}

TEST_SUITE("metrics") {
  TEST_CASE("confidence: of a mean, the normal interval: 1.96 deviations over the root of n") {
    std::vector<double> values;
    for (int64_t i = 0; i < 900; ++i) values.push_back(i % 3 == 0);
    Confidence c = confidence(mean_of(values), 900, 2000, 7);
    CHECK(c.mean == Approx(1.0 / 3).epsilon(0.01));
    CHECK(c.half_width == Approx(1.96 * std::sqrt(2.0 / 9 / 900)).epsilon(0.06));
    SampleScore none = [](std::span<const int64_t>) { return NAN; };
    CHECK(std::isnan(confidence(none, 3, 10, 1).half_width));
  }

  TEST_CASE("approximate randomisation agrees with the bootstrap on what is clear") {
    CHECK(approximate_randomisation(mean_of(two_systems(400, 0.5, 0.2)), 400, 500, 1) < 0.01);
    CHECK(approximate_randomisation(mean_of(two_systems(400, 0.5, 0)), 400, 500, 1) > 0.05);
  }

  TEST_CASE("draws are the seed's alone, for any number of threads") {
    SampleScore both = mean_of(two_systems(50, 0.5, 0.05));
    auto all = [&](uint64_t seed) {
      return std::vector<double>{confidence(both, 50, 60, seed).half_width,
                                 paired_bootstrap(both, 50, 60, seed),
                                 approximate_randomisation(both, 50, 60, seed)};
    };
    Threads one(1);
    std::vector<double> first = all(3);
    Threads four(4);
    CHECK(all(3) == first);
    CHECK(all(4) != first);
  }
}
