// The bound and the head's traffic against numbers counted by hand.
#include "tutorials/21-performance/roofline.h"

#include <doctest/doctest.h>

#include <initializer_list>

using namespace t5::lesson;

TEST_SUITE("21-performance") {
  TEST_CASE("bound: the longer of the two times, and the rate that it allows") {
    const Machine machine{100, 10};          // the ridge is at 10 operations a byte
    Bound slope = bound({60, 30}, machine);  // 0.6 s of arithmetic, 3 s of moving
    CHECK(slope.seconds == doctest::Approx(3));
    CHECK(slope.rate == doctest::Approx(20));
    CHECK(slope.by_memory);
    Bound roof = bound({900, 30}, machine);  // 9 s of arithmetic, 3 s of moving
    CHECK(roof.seconds == doctest::Approx(9));
    CHECK(roof.rate == doctest::Approx(100));
    CHECK_FALSE(roof.by_memory);
  }

  TEST_CASE("bound: below the ridge the rate grows with the intensity, above it does not") {
    const Machine machine{64, 8};
    double before = 0;
    for (double intensity : {0.25, 0.5, 1.0, 2.0, 4.0, 8.0}) {
      double rate = bound({intensity * 100, 100}, machine).rate;
      CHECK(rate == doctest::Approx(8 * intensity));
      CHECK(rate > before);
      before = rate;
    }
    for (double intensity : {8.0, 16.0, 1000.0})
      CHECK(bound({intensity * 100, 100}, machine).rate == doctest::Approx(64));
  }

  TEST_CASE("traffic: two chunks of a small head, number by number") {
    // N = 4, M = 2, V = 3. x, x again and dx: 3 x 8. W: 6 numbers, twice for each of two chunks.
    // dW: written, then read and written: 3 x 6. Together 24 + 24 + 18 = 66 numbers of 4 bytes.
    Work work = chunked_head({4, 2, 3}, 2);
    CHECK(work.bytes == doctest::Approx(4 * 66));
    CHECK(work.operations == doctest::Approx(3 * 2 * 4 * 2 * 3));
  }

  TEST_CASE("traffic: one chunk moves W twice and its gradient once; a last chunk may be short") {
    CHECK(chunked_head({4, 2, 3}, 4).bytes == doctest::Approx(4 * (24 + 12 + 6)));
    INFO("a chunk larger than the rows is one chunk");
    CHECK(chunked_head({4, 2, 3}, 9).bytes == doctest::Approx(4 * (24 + 12 + 6)));
    INFO("5 rows, 2 at a time, are 3 chunks");
    CHECK(chunked_head({5, 2, 3}, 2).bytes == doctest::Approx(4 * (30 + 6 * 6 + 5 * 6)));
  }

  TEST_CASE("traffic: chunks of more than two thirds of the width move less than whole logits") {
    const HeadShape shape{12288, 768, 32128};  // two thirds of 768: 512
    CHECK(chunked_head(shape, 256).bytes > plain_head(shape).bytes);
    CHECK(chunked_head(shape, 768).bytes < plain_head(shape).bytes);
  }

  TEST_CASE("memory: whole logits grow with the rows, a chunk's do not") {
    HeadShape some{1024, 512, 32128}, twice{2048, 512, 32128};
    CHECK(plain_memory(twice) - plain_memory(some) == doctest::Approx(4.0 * 1024 * 32128));
    CHECK(chunked_memory(twice, 128) == chunked_memory(some, 128));
    CHECK(chunked_memory(some, 4096) == plain_memory(some));
  }
}
