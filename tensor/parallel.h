// The threads: how many there are, and the loops that use them.
//
// A pool of our own, because a waiting thread must neither sleep at once (a step of training has
// hundreds of loops of some microseconds) nor spin for long (on a busy machine it would take the
// time of the thread that it waits for). OpenBLAS is kept to one thread per call: its products run
// inside these loops.
//
// Threads: several of the program may run loops at once. The pool works for one at a time; the
// loops of the others run on the thread that calls.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace t5 {

// Sets the number of threads for loops and matrix products; 0 restores the default: the cores this
// process may use, or OMP_NUM_THREADS.
void set_thread_count(int count);
int thread_count();
bool in_parallel_loop();  // on this thread: inside the body of a loop below

// A flag of each thread, false at first. The body of a loop below finds the caller's on every
// thread: autograd says with it whether ops record.
bool& inherited_flag();

namespace detail {

// Calls share(body, t) for t in [0, threads), share 0 on this thread and each other one on its own.
// When another thread of the program is already in here, all on this one. When every share has
// ended, the exception of the first that threw one is thrown again: of a file's lines, say, that
// which a single thread would have come to first.
void run_shares(int64_t threads, void (*share)(const void* body, int64_t t), const void* body);

template <class Body>
void run_threads(int64_t threads, const Body& body) {
  run_shares(
      threads, [](const void* b, int64_t t) { (*static_cast<const Body*>(b))(t); }, &body);
}

}  // namespace detail

// Calls body(begin, end) on ranges that together cover [0, n), in parallel when there are at least
// two grains of work. The split depends on n, grain and the thread count alone, so that sums over a
// range come out the same in every run. Nested calls run on the calling thread.
template <class Body>
void parallel_for(int64_t n, int64_t grain, const Body& body) {
  int64_t parts = std::min<int64_t>(thread_count(), n / std::max<int64_t>(grain, 1));
  if (parts <= 1 || in_parallel_loop()) {
    if (n > 0) body(int64_t{0}, n);
    return;
  }
  detail::run_threads(parts, [&](int64_t t) { body(n * t / parts, n * (t + 1) / parts); });
}

// As parallel_for, but one call per item, handed to whichever thread is free: for items that differ
// in cost. `body(item, thread)` may use scratch space number `thread` < most_threads: whoever makes
// the space says how many, since thread_count() may be another a moment later.
template <class Body>
void parallel_items(int64_t n, int64_t most_threads, const Body& body) {
  int64_t threads = std::min(most_threads, n);
  if (threads <= 1 || in_parallel_loop()) {
    for (int64_t item = 0; item < n; ++item) body(item, int64_t{0});
    return;
  }
  std::atomic<int64_t> next = 0;
  detail::run_threads(threads, [&](int64_t t) {
    for (int64_t item; (item = next.fetch_add(1)) < n;) body(item, t);
  });
}
template <class Body>
void parallel_items(int64_t n, const Body& body) {
  parallel_items(n, thread_count(), body);
}

// Elements of a vectorised loop that are worth a second thread (a fork costs a few microseconds).
constexpr int64_t kElementGrain = 16384;

// Multiply-adds of a matrix product that are worth one, and those of a product with a vector, which
// waits for memory.
constexpr int64_t kProductGrain = int64_t{1} << 18, kVectorGrain = int64_t{1} << 16;

// Calls body(task) for n tasks over size(task) elements each: small ones side by side, large ones
// one after another, so that all threads can share in each.
template <class Size, class Body>
void parallel_tasks(int64_t n, const Size& size, const Body& body) {
  constexpr int64_t kLarge = 16 * kElementGrain;
  parallel_items(n, [&](int64_t task, int64_t) {
    if (size(task) < kLarge) body(task);
  });
  for (int64_t task = 0; task < n; ++task)
    if (size(task) >= kLarge) body(task);
}

}  // namespace t5
