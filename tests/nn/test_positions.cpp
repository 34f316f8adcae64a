// Relative positions: the properties of the buckets, and where a bias stands in its row.
#include "nn/layers/attention.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

TEST_SUITE("10-positions") {
  TEST_CASE("buckets: all are used, none is left, and they grow with the distance") {
    for (bool bidirectional : {true, false})
      for (auto [buckets, farthest] : {std::pair{32, 128}, {16, 64}, {8, 20}}) {
        std::vector<int> used(buckets);
        for (int64_t distance = -1000; distance <= 1000; ++distance) {
          Id bucket = relative_position_bucket(distance, bidirectional, buckets, farthest);
          REQUIRE((bucket >= 0 && bucket < buckets));
          ++used[bucket];
        }
        // Bucket 0 of the second half would be distance 0 "after the query": it stays empty.
        for (int b = 0; b < buckets; ++b)
          CHECK((used[b] > 0) == !(bidirectional && b == buckets / 2));
        for (int64_t d = 0; d < 1000; ++d)
          REQUIRE(relative_position_bucket(-d - 1, bidirectional, buckets, farthest) >=
                  relative_position_bucket(-d, bidirectional, buckets, farthest));
      }
  }

  TEST_CASE("buckets: one way, every key after the query is at distance 0") {
    for (int64_t distance : {1, 5, 1000})
      CHECK(relative_position_bucket(distance, false, 32, 128) == 0);
    CHECK(relative_position_bucket(-15, false, 32, 128) == 15);
  }

  TEST_CASE("buckets: both ways, the two sides have a half each") {
    for (int64_t distance = 1; distance < 300; ++distance)
      CHECK(relative_position_bucket(distance, true, 32, 128) ==
            relative_position_bucket(-distance, true, 32, 128) + 16);
    CHECK(relative_position_bucket(100000, true, 32, 128) == 31);
    CHECK(relative_position_bucket(-100000, true, 32, 128) == 15);
  }

  TEST_CASE("bias: column j - i + T - 1 holds the bias of query i and key j") {
    Parameters parameters(random_source(1));
    for (bool bidirectional : {true, false}) {
      RelativePositionBias bias(Scope(parameters) / int64_t{bidirectional}, 3, 8, 20, bidirectional,
                                1);
      const int64_t T = 5, S = 9;
      Tensor row = bias(T, S).value();
      REQUIRE(row.shape() == Shape({3, T + S - 1}));
      for (int64_t h = 0; h < 3; ++h)
        for (int64_t i = 0; i < T; ++i)
          for (int64_t j = 0; j < S; ++j)
            REQUIRE(
                row.at({h, j - i + T - 1}) ==
                bias.weight.value().at({relative_position_bucket(j - i, bidirectional, 8, 20), h}));
    }
  }

  TEST_CASE("bias: its gradient adds up over all distances of a bucket") {
    Parameters parameters(random_source(2));
    RelativePositionBias bias(Scope(parameters), 2, 8, 20, true, 1);
    Var row = bias(50, 50);
    row.backward(Tensor::full(row.shape(), 1));
    for (int64_t h = 0; h < 2; ++h) {
      real total = 0;
      for (int64_t b = 0; b < 8; ++b) total += bias.weight.grad().at({b, h});
      CHECK(total == 99);
      CHECK(bias.weight.grad().at({0, h}) == 1);  // distance 0 alone
    }
  }
}
