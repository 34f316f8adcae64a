// Random numbers: statistics with fixed seeds, and that skipping, forking and threads change
// nothing. Bounds are four standard deviations or more, and seeds are fixed: nothing is flaky.
#include "tensor/random.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>

#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

// Chi-square of `draws` values of next() over `cells` cells: its mean is cells - 1, its variance
// twice that.
double chi_square(int64_t cells, int64_t draws, const std::function<int64_t()>& next) {
  std::vector<double> counts(cells);
  for (int64_t i = 0; i < draws; ++i) ++counts[next()];
  double expected = static_cast<double>(draws) / static_cast<double>(cells), total = 0;
  for (double count : counts) total += (count - expected) * (count - expected) / expected;
  return total;
}

bool plausible(double chi, int64_t cells) {
  auto freedom = static_cast<double>(cells - 1);
  return std::abs(chi - freedom) < 4 * std::sqrt(2 * freedom);
}

struct Moments {
  double mean, variance, third, fourth;
};

Moments moments(const std::vector<real>& x) {
  Moments m{};
  auto n = static_cast<double>(x.size());
  for (real v : x) m.mean += v / n;
  for (real v : x) {
    double d = v - m.mean;
    m.variance += d * d / n;
    m.third += d * d * d / n;
    m.fourth += d * d * d * d / n;
  }
  return m;
}

}  // namespace

TEST_SUITE("05-layers") {
  TEST_CASE("random: uniform draws fill [0, 1) evenly, one by one and in pairs") {
    for (uint64_t seed : {0, 1, 2, 12345}) {
      INFO("seed ", seed);
      Random random(seed);
      CHECK(plausible(chi_square(256, 200000,
                                 [&] {
                                   double u = random.uniform();
                                   REQUIRE((u >= 0 && u < 1));
                                   return static_cast<int64_t>(u * 256);
                                 }),
                      256));
      CHECK(plausible(chi_square(256, 200000,
                                 [&] {
                                   auto first = static_cast<int64_t>(random.uniform() * 16);
                                   return first * 16 + static_cast<int64_t>(random.uniform() * 16);
                                 }),
                      256));
    }
  }

  TEST_CASE("random: below(n) stays in range and favours no number") {
    Random random(3);
    for (int64_t n : {1, 2, 3, 7, 100, 1000})
      CHECK((n == 1 || plausible(chi_square(n, 100000, [&] { return random.below(n); }), n)));
    // Three quarters of 2^63: a plain remainder would draw the lower half 9 times out of 16.
    int64_t huge = INT64_MAX / 4 * 3, low = 0;
    for (int i = 0; i < 20000; ++i) {
      int64_t draw = random.below(huge);
      REQUIRE((draw >= 0 && draw < huge));
      low += draw < huge / 2;
    }
    CHECK(std::abs(low - 10000.0) < 4 * std::sqrt(5000.0));
    for (int i = 0; i < 100; ++i) REQUIRE(random.below(1) == 0);
  }

  TEST_CASE("random: skip(n) is n draws, and the position is the state") {
    Random random(9), ahead = random.skip(1000);
    for (int i = 0; i < 1000; ++i) random.bits();
    CHECK(random.position() == ahead.position());
    CHECK(random.bits() == ahead.bits());
    Random restored(random.seed(), random.position());
    CHECK(restored.normal() == random.normal());
    uint64_t before = random.position();
    random.normal();
    CHECK(random.position() - before == Random::kBitsPerNormal);
  }

  TEST_CASE("random: the numbers of a seed are the same on every machine and in every release") {
    Random random(42);
    std::vector<uint64_t> first{random.bits(), random.bits(), random.bits()};
    // Made anew from the definition in Python: mix(mix(seed) + (n + 1) * golden).
    CHECK(first == std::vector<uint64_t>{0x989b3f130a063869ULL, 0x290db4bf2570ded7ULL,
                                         0x2a990be63a01b2d5ULL});
    CHECK(random_bits32(0x12345678, 5) == 0x617e3533u);
  }

  TEST_CASE("random: forks differ from each other, from their parent and between seeds") {
    std::set<uint64_t> seen;
    for (uint64_t seed = 0; seed < 100; ++seed) {
      Random random(seed);
      uint64_t position = random.position();
      for (uint64_t purpose = 0; purpose < 100; ++purpose) seen.insert(random.fork(purpose).bits());
      CHECK(random.position() == position);
      seen.insert(random.bits());
    }
    CHECK(seen.size() == 100 * 101);
  }

  TEST_CASE("random: a shuffle keeps the items, and every order is equally likely") {
    Random random(4);
    std::vector<int> items(50);
    std::iota(items.begin(), items.end(), 0);
    std::vector<int> shuffled = items;
    random.shuffle(shuffled);
    CHECK(shuffled != items);
    std::sort(shuffled.begin(), shuffled.end());
    CHECK(shuffled == items);
    CHECK(plausible(chi_square(6, 60000,
                               [&] {
                                 std::vector<int> three{0, 1, 2};
                                 random.shuffle(three);
                                 return three[0] * 2 + (three[1] > three[2]);
                               }),
                    6));
  }

  TEST_CASE("random: normal draws have the moments of a normal") {
    for (uint64_t seed : {1, 2, 3}) {
      Random random(seed);
      const int64_t n = 200000;
      Moments m = moments(Tensor::normal({n}, random, 2).to_vector());
      double error = 4 / std::sqrt(static_cast<double>(n));
      CHECK(std::abs(m.mean) < 2 * error);
      CHECK(std::abs(m.variance - 4) < 4 * std::sqrt(2.0) * error);
      CHECK(std::abs(m.third) < 8 * std::sqrt(15.0) * error);
      CHECK(std::abs(m.fourth - 48) < 16 * std::sqrt(96.0) * error);
    }
  }

  TEST_CASE("random: 32-bit mask draws are even, and masks of two keys are independent") {
    for (uint32_t key : {0u, 1u, 0x9e3779b9u, 0xdeadbeefu}) {
      uint32_t n = 0;
      CHECK(plausible(chi_square(256, 200000, [&] { return random_bits32(key, n++) >> 24; }), 256));
      n = 0;
      CHECK(plausible(chi_square(256, 200000,
                                 [&] {
                                   uint32_t a = random_bits32(key, n), b = random_bits32(~key, n);
                                   uint32_t c = random_bits32(key + 1, n++);
                                   return (a >> 29) * 32 + (b >> 30) * 8 + (c >> 29);
                                 }),
                      256));
    }
  }

  TEST_CASE("tensor: normal gives the same numbers on one thread and on two") {
    auto run = [](int threads) {
      Threads scope(threads);
      Random random(8);
      Tensor x = Tensor::normal({50000}, random);
      CHECK(random.position() == 50000 * Random::kBitsPerNormal);
      return x;
    };
    Tensor one = run(1), two = run(2);
    CHECK(identical(one, two));
    Random random(8);
    for (int64_t i = 0; i < 10; ++i) CHECK(one.at({i}) == static_cast<real>(random.normal()));
  }

  TEST_CASE("tensor: uniform stays between its bounds") {
    Random random(5);
    std::vector<real> x = Tensor::uniform({10000}, random, -3, 5).to_vector();
    CHECK(*std::min_element(x.begin(), x.end()) >= -3);
    CHECK(*std::max_element(x.begin(), x.end()) <= 5);
    CHECK(moments(x).mean == doctest::Approx(1).epsilon(0.1));
  }
}
