// The threads: how many there are, and the one loop that uses them. The only header with OpenMP.
//
// OpenBLAS is its OpenMP build, so that its products and our loops share one pool of threads:
// inside a parallel_for its GEMM runs on the calling thread, outside it uses all of them.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstdint>
#include <exception>

namespace t5 {

// Sets the number of threads for loops and matrix products; 0 restores the default (the cores this
// process may use, or OMP_NUM_THREADS).
void set_thread_count(int count);
inline int thread_count() { return omp_get_max_threads(); }

namespace detail {

// Runs a thread's share of a loop. An exception must not leave an OpenMP region: the first one is
// kept for the thread that opened it.
template <class Share>
void run_share(const Share& share, std::exception_ptr& failure) {
  try {
    share();
  } catch (...) {
#pragma omp critical(t5_failure)
    if (!failure) failure = std::current_exception();
  }
}

}  // namespace detail

// Calls body(begin, end) on ranges that together cover [0, n), in parallel when there are at least
// two grains of work. The split depends on n, grain and the thread count alone, so that sums over a
// range come out the same in every run. Nested calls run on the calling thread.
template <class Body>
void parallel_for(int64_t n, int64_t grain, const Body& body) {
  int64_t parts = std::min<int64_t>(thread_count(), n / std::max<int64_t>(grain, 1));
  if (parts <= 1 || omp_in_parallel()) {
    if (n > 0) body(int64_t{0}, n);
    return;
  }
  std::exception_ptr failure;
#pragma omp parallel for num_threads(parts) schedule(static, 1)
  for (int64_t part = 0; part < parts; ++part)
    detail::run_share([&] { body(n * part / parts, n * (part + 1) / parts); }, failure);
  if (failure) std::rethrow_exception(failure);
}

// As parallel_for, but one call per item, handed to whichever thread is free: for items that differ
// in cost. `body(item, thread)` may use scratch space number `thread` < thread_count().
template <class Body>
void parallel_items(int64_t n, const Body& body) {
  if (n <= 1 || thread_count() == 1 || omp_in_parallel()) {
    for (int64_t item = 0; item < n; ++item) body(item, 0);
    return;
  }
  std::exception_ptr failure;
#pragma omp parallel for schedule(dynamic, 1)
  for (int64_t item = 0; item < n; ++item)
    detail::run_share([&] { body(item, omp_get_thread_num()); }, failure);
  if (failure) std::rethrow_exception(failure);
}

// Elements of a vectorised loop that are worth a second thread (a fork costs a few microseconds).
constexpr int64_t kElementGrain = 16384;

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
