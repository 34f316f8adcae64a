// How products of a few rows with a large matrix read it: at the rate of the memory.
//
// A processor fetches ahead along runs of consecutive addresses, a few at a time. So a thread walks
// through kStreams blocks of the matrix at once, row after row in each. Rows side by side (o, o +
// 1, o + 2, …) would be as many runs, each broken off after one row: measured on a matrix of 66 MB,
// 10 instead of 25 GB/s on one core of an AMD EPYC (Zen 4).
#pragma once

#include <cstdint>
#include <cstring>

#include "tensor/parallel.h"

namespace t5 {

// A vector register's worth of numbers, and how many sums stay in registers together with what they
// are made of: those of kStreams rows of the matrix with kRows rows of x.
#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
constexpr int kStreams = 4, kRows = 4;
#else
constexpr int kVectorBytes = 32;
constexpr int kStreams = 3, kRows = 4;
#endif
template <class T>
struct VectorOf {
  typedef T type __attribute__((vector_size(kVectorBytes)));
};
template <class T>
using Vector = typename VectorOf<T>::type;

template <class V, class T>
V load(const T* p) {
  V v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

// Loads once what several products use. Left to itself the compiler loads it anew for each of them,
// and with 32 registers of 64 bytes the loads become the bottleneck: a third of the speed.
template <class V, class T>
V load_once(const T* p) {
  V v = load<V>(p);
#if defined(__AVX512F__)
  asm("" : "+v"(v));
#endif
  return v;
}

// The sum of a vector's numbers, in an order that takes few instructions.
template <class V>
auto total(const V& v) {
  std::remove_cvref_t<decltype(v[0])> lanes[sizeof v / sizeof v[0]], sum = 0;
  std::memcpy(lanes, &v, sizeof v);
#pragma omp simd reduction(+ : sum)
  for (auto lane : lanes) sum += lane;
  return sum;
}

// Calls block.template operator()<O, R>(o, step, r) so that every pair of an output and a row of x
// is met once: the call computes outputs o, o + step, … (O of them) of the rows r … r + R - 1.
template <class Block>
void for_streams(int64_t rows, int64_t outputs, int64_t depth, const Block& block) {
  auto all_rows = [&]<int O>(int64_t o, int64_t step) {
    int64_t r = 0;
    for (; r + kRows <= rows; r += kRows) block.template operator()<O, kRows>(o, step, r);
    for (; r + 2 <= rows; r += 2) block.template operator()<O, 2>(o, step, r);
    for (; r < rows; ++r) block.template operator()<O, 1>(o, step, r);
  };
  parallel_for(outputs, kVectorGrain / (depth + 1) + 1, [&](int64_t begin, int64_t end) {
    int64_t step = (end - begin) / kStreams, rest = begin + kStreams * step;
    for (int64_t o = begin; o < begin + step; ++o) all_rows.template operator()<kStreams>(o, step);
    for (int64_t o = rest; o < end; ++o) all_rows.template operator()<1>(o, 0);
  });
}

}  // namespace t5
