// parallel_for, parallel_items, the thread count, and sequences laid end to end.
#include "tensor/parallel.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "tensor/segments.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

TEST_SUITE("21-performance") {
  TEST_CASE("parallel_for: each index once, for any size, grain and number of threads") {
    for (int threads : {1, 2, 3, 5}) {
      Threads scope(threads);
      CHECK(thread_count() == threads);
      for (int64_t n : {0, 1, 2, 7, 64, 1000})
        for (int64_t grain : {0, 1, 3, 500, 1000, 5000}) {
          std::vector<std::atomic<int>> visits(n);
          std::atomic<int> calls = 0;
          parallel_for(n, grain, [&](int64_t begin, int64_t end) {
            ++calls;
            for (int64_t i = begin; i < end; ++i) ++visits[i];
          });
          for (const auto& count : visits) REQUIRE(count == 1);
          REQUIRE(calls <= threads);
          if (n == 0) REQUIRE(calls == 0);
        }
    }
  }

  TEST_CASE("parallel_for: less than two grains of work stay on one thread") {
    Threads scope(2);
    auto calls = [](int64_t n, int64_t grain) {
      std::atomic<int> count = 0;
      parallel_for(n, grain, [&](int64_t, int64_t) { ++count; });
      return count.load();
    };
    CHECK(calls(199, 100) == 1);
    CHECK(calls(200, 100) == 2);
  }

  TEST_CASE("parallel_items: each item once, with a thread number that scratch can be indexed by") {
    for (int threads : {1, 2, 4}) {
      Threads scope(threads);
      for (int64_t n : {0, 1, 2, 33}) {
        std::vector<std::atomic<int>> visits(n);
        std::atomic<int> outside = 0;
        parallel_items(n, [&](int64_t item, int64_t thread) {
          ++visits[item];
          outside += thread < 0 || thread >= threads;
        });
        for (const auto& count : visits) REQUIRE(count == 1);
        REQUIRE(outside == 0);
      }
    }
  }

  TEST_CASE("parallel_tasks: each task once, side by side or alone, whatever its size") {
    for (int threads : {1, 2, 4}) {
      Threads scope(threads);
      std::vector<int64_t> sizes = {1, 1 << 25, 0, 16 * kElementGrain, 16 * kElementGrain - 1};
      std::vector<std::atomic<int>> visits(sizes.size());
      std::atomic<int> large_in_parallel = 0;
      parallel_tasks(
          std::ssize(sizes), [&](int64_t task) { return sizes[task]; },
          [&](int64_t task) {
            ++visits[task];
            large_in_parallel += sizes[task] >= 16 * kElementGrain && in_parallel_loop();
          });
      for (const auto& count : visits) CHECK(count == 1);
      CHECK(large_in_parallel == 0);
    }
  }

  TEST_CASE("an exception in a loop reaches the caller, from any thread") {
    for (int threads : {1, 3}) {
      Threads scope(threads);
      for (int64_t bad : {0, 59}) {
        auto body = [bad](int64_t item) { check(item != bad, "item {}", item); };
        auto range = [&](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) body(i);
        };
        CHECK_THROWS_AS(parallel_for(60, 1, range), Error);
        CHECK_THROWS_AS(parallel_items(60, [&](int64_t i, int64_t) { body(i); }), Error);
      }
    }
  }

  TEST_CASE("nested loops run on the calling thread") {
    Threads scope(2);
    std::atomic<int> inner = 0;
    parallel_for(2, 1, [&](int64_t, int64_t) {
      parallel_for(1000, 1,
                   [&](int64_t begin, int64_t end) { inner += begin == 0 && end == 1000; });
    });
    CHECK(inner == 2);
  }

  TEST_CASE(
      "parallel_items: no more threads than there is scratch for, whatever is set meanwhile") {
    Threads scope(2);
    const int64_t made_for = thread_count();
    set_thread_count(8);
    std::atomic<int64_t> largest = 0;
    parallel_items(100, made_for, [&](int64_t, int64_t thread) {
      std::this_thread::sleep_for(std::chrono::microseconds(100));  // so that every thread gets one
      for (int64_t seen = largest; seen < thread && !largest.compare_exchange_weak(seen, thread);) {
      }
    });
    CHECK(largest < made_for);
  }

  TEST_CASE("the flag that loops hand on: the body finds the caller's on every thread") {
    Threads scope(4);
    for (bool value : {true, false, true, false}) {
      inherited_flag() = value;
      std::atomic<int> others = 0;
      parallel_for(4, 1, [&](int64_t, int64_t) { others += inherited_flag() != value; });
      CHECK(others == 0);
    }
  }

  TEST_CASE("set_thread_count: 0 restores the default") {
    int before = thread_count();
    set_thread_count(0);
    int standard = thread_count();
    set_thread_count(3);
    CHECK(thread_count() == 3);
    set_thread_count(0);
    CHECK(thread_count() == standard);
    set_thread_count(before);
  }
}

TEST_SUITE("09-attention") {
  TEST_CASE("segments: sequences lie end to end") {
    Segments segments({3, 0, 4});
    segments.push_back(2);
    CHECK(segments.count() == 4);
    CHECK(segments.rows() == 9);
    CHECK(segments.longest() == 4);
    CHECK(segments.begin(2) == 3);
    CHECK(segments.length(1) == 0);
    CHECK(segments.length(3) == 2);
    CHECK(Segments().rows() == 0);
  }
}

TEST_SUITE("threads") {
  TEST_CASE("parallel_for: of several errors the first range's is thrown, whichever came first") {
    Threads scope(2);
    for (int round = 0; round < 50; ++round) {
      std::string error = error_of([] {
        parallel_for(100, 1, [](int64_t begin, int64_t) {
          if (begin == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
          fail("range {}", begin);
        });
      });
      CHECK(error == "range 0");
    }
    CHECK_FALSE(in_parallel_loop());
  }
}
