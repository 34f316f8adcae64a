// The threads: how many there are, and the one loop that uses them. The only header with OpenMP.
//
// OpenBLAS is its OpenMP build, so that its products and our loops share one pool of threads:
// inside a parallel_for its GEMM runs on the calling thread, outside it uses all of them.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstdint>

namespace t5 {

// Sets the number of threads for loops and matrix products; 0 restores the default (the cores this
// process may use, or OMP_NUM_THREADS).
void set_thread_count(int count);
inline int thread_count() { return omp_get_max_threads(); }

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
#pragma omp parallel for num_threads(parts) schedule(static, 1)
  for (int64_t part = 0; part < parts; ++part) body(n * part / parts, n * (part + 1) / parts);
}

// As parallel_for, but one call per item, handed to whichever thread is free: for items that differ
// in cost. `body(item, thread)` may use scratch space number `thread` < thread_count().
template <class Body>
void parallel_items(int64_t n, const Body& body) {
  if (n <= 1 || omp_in_parallel()) {
    for (int64_t item = 0; item < n; ++item) body(item, 0);
    return;
  }
#pragma omp parallel for schedule(dynamic, 1)
  for (int64_t item = 0; item < n; ++item) body(item, omp_get_thread_num());
}

// Elements of a vectorised loop that are worth a second thread (a fork costs a few microseconds).
constexpr int64_t kElementGrain = 16384;

}  // namespace t5
