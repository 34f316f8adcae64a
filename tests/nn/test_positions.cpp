// Relative positions: the properties of the buckets, and where a bias stands in its row.
#include "nn/layers/attention.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

// The first distance of each bucket from 0 on, as T5's table of 32 up to 128 has them.
const std::vector<int64_t> kEncoderBorders{0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91};
const std::vector<int64_t> kDecoderBorders{0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                           11, 12, 13, 14, 15, 16, 19, 21, 24, 27, 31,
                                           35, 40, 46, 52, 59, 67, 77, 87, 99, 113};

void check_borders(bool bidirectional, const std::vector<int64_t>& borders) {
  for (size_t b = 0; b < borders.size(); ++b) {
    int64_t end = b + 1 < borders.size() ? borders[b + 1] : 1000;
    for (int64_t d = borders[b]; d < end; ++d) {
      INFO("a key ", d, " before the query");
      REQUIRE(relative_position_bucket(-d, bidirectional, 32, 128) == static_cast<Id>(b));
      if (!bidirectional || d == 0) continue;
      INFO("and as far after it");
      REQUIRE(relative_position_bucket(d, true, 32, 128) == static_cast<Id>(b) + 16);
    }
  }
}

TEST_SUITE("10-positions") {
  TEST_CASE("buckets: T5's borders, both ways") { check_borders(true, kEncoderBorders); }
  TEST_CASE("buckets: T5's borders, one way") { check_borders(false, kDecoderBorders); }

  TEST_CASE("buckets: on a border float decides, as in transformers; double falls short") {
    // log(20 / 10) / log(320 / 10) is 1/5, log(40 / 10) 2/5 and log(160 / 10) 4/5 of ten buckets.
    for (auto [distance, bucket] : {std::pair{20, 12}, {40, 14}, {160, 18}}) {
      INFO("distance ", distance);
      CHECK(relative_position_bucket(-distance, false, 20, 320) == bucket);
    }
  }

  TEST_CASE("buckets: all are used, none is left, and they grow with the distance") {
    for (bool bidirectional : {true, false})
      for (auto [buckets, farthest] : {std::pair{32, 128}, {16, 64}, {8, 20}}) {
        std::vector<int> used(buckets);
        for (int64_t distance = -1000; distance <= 1000; ++distance) {
          Id bucket = relative_position_bucket(distance, bidirectional, buckets, farthest);
          INFO("distance ", distance, bidirectional ? ", both ways" : ", one way", ", up to ",
               farthest);
          REQUIRE(bucket >= 0);
          REQUIRE(bucket < buckets);
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
          for (int64_t j = 0; j < S; ++j) {
            Id bucket = relative_position_bucket(j - i, bidirectional, 8, 20);
            INFO("query ", i, ", key ", j, ": bucket ", bucket, " of head ", h);
            REQUIRE(row.at({h, j - i + T - 1}) == bias.weight.value().at({bucket, h}));
          }
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
