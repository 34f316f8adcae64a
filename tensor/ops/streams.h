// How products of a few rows with a large matrix read it: at the rate of the memory.
//
// A processor fetches ahead along runs of consecutive addresses, a few at a time. So a thread walks
// through kStreams blocks of the matrix at once, row after row in each. Rows side by side (o, o +
// 1, o + 2, …) would be as many runs, each broken off after one row: measured on a matrix of 66 MB,
// 10 instead of 25 GB/s on one core of an AMD EPYC (Zen 4).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "tensor/parallel.h"

namespace t5 {

// A vector register's worth of numbers, and how many sums stay in registers together with what they
// are made of: those of kStreams rows of the matrix with kRows rows of x.
#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
constexpr int kStreams = 4, kRows = 4;
#elif defined(__AVX__)
constexpr int kVectorBytes = 32;
constexpr int kStreams = 3, kRows = 4;
#elif defined(__aarch64__)
constexpr int kVectorBytes = 16;
constexpr int kStreams = 4, kRows = 4;
#else  // longer vectors than the registers would go through the stack: a fifth of the speed
constexpr int kVectorBytes = 16;
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

// Adds neighbouring units of kUnit numbers, of all units of a and b in a row. The compiler makes
// two permutations and an addition of it.
template <int kUnit, class V, int... kLane>
[[gnu::always_inline]] inline V add_neighbours(const V& a, const V& b,
                                               std::integer_sequence<int, kLane...>) {
  constexpr int kLanes = sizeof...(kLane);
  auto at = [&](int i) { return i < kLanes ? a[i] : b[i - kLanes]; };
  return V{at(kLane / kUnit * 2 * kUnit + kLane % kUnit)...} +
         V{at(kLane / kUnit * 2 * kUnit + kUnit + kLane % kUnit)...};
}

// Halves of vectors are added, then quarters, two vectors becoming one each time.
template <int kUnit, int kCount, class V>
[[gnu::always_inline]] inline void add_halves(V* v) {
  constexpr int kLanes = sizeof(V) / sizeof(v[0][0]);
#pragma GCC unroll 8
  for (int i = 0; i < (kCount + 1) / 2; ++i)
    v[i] = add_neighbours<kUnit>(v[2 * i], v[std::min(2 * i + 1, kCount - 1)],
                                 std::make_integer_sequence<int, kLanes>());
  if constexpr (kUnit > 1) add_halves<kUnit / 2, (kCount + 1) / 2>(v);
}

// The sum of each vector's numbers: 16 sums of 16 numbers by 15 additions of vectors. One by one
// they would take as long as a row of 512 products in int8.
template <class V, size_t kCount>
[[gnu::always_inline]] inline auto totals(std::array<V, kCount>& v) {
  using T = std::remove_cvref_t<decltype(v[0][0])>;
  add_halves<sizeof(V) / sizeof(T) / 2, static_cast<int>(kCount)>(v.data());
  std::array<T, kCount> sums;
  std::memcpy(sums.data(), v.data(), sizeof sums);
  return sums;
}

// While the first rows of x meet a row of the matrix, it comes from memory; the others find it in
// the cache. With the arithmetic of kRows rows to do, loads come too slowly for the processor to
// fetch far enough ahead of them by itself. So the first group of rows asks for what lies kAhead
// bytes on in each stream, into the second-level cache: four rows of x 3.5 instead of 5.4 ms, eight
// 5.8 instead of 8.2, with a matrix of 98 MB on one core of an AMD EPYC (Zen 4). Into the first
// level it would be no gain, since few loads at a time may wait there. And so that the memory does
// not rest while the other groups compute, each asks for the next row of one of the streams: this
// one.
constexpr int64_t kAhead = 8192;
constexpr int64_t next_stream(int64_t r, int streams) { return r / kRows % streams; }

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

// (rows, depth) numbers x and (outputs, depth) weights w in a format's types, rows of each
// contiguous and `*_stride` apart.
template <class Format>
struct Operands {
  int64_t rows, outputs, depth;
  const typename Format::Value* x;
  int64_t x_stride;
  const typename Format::Weight* w;
  int64_t w_stride;
};

// Calls use(r, o, sum_i x[r, i] w[o, i]) for every row r of x and o of w; each w is read from
// memory once for all rows of x. A format says what a chunk of kChunk numbers of x and of w becomes
// in registers, and how their products are added to Sums; and the product of a number and a weight,
// for the rest of a row.
template <class Format, class Use>
void for_products(const Operands<Format>& p, const Use& use) {
  int64_t whole = p.depth / Format::kChunk * Format::kChunk;
  auto block = [p, whole, use]<int O, int R>(int64_t o, int64_t step, int64_t r) {
    const auto* x = p.x + r * p.x_stride;
    const auto* w = p.w + o * p.w_stride;
    int64_t w_step = step * p.w_stride;
    std::array<typename Format::Sums, O * R> sums{};
    const auto* next = w + next_stream(r, O) * w_step + p.w_stride;
    constexpr int64_t kAheadWeights = kAhead / sizeof(*w);
    for (int64_t i = 0; i < whole; i += Format::kChunk) {
      if (R == kRows) __builtin_prefetch(next + i);
      if (R == kRows && r == 0)
        for (int a = 0; a < O; ++a) __builtin_prefetch(w + a * w_step + kAheadWeights + i, 0, 1);
      typename Format::Chunk xs[R];
      for (int b = 0; b < R; ++b) xs[b] = Format::of_x(x + b * p.x_stride + i);
      for (int a = 0; a < O; ++a) {
        auto weights = Format::of_weights(w + a * w_step + i);
        for (int b = 0; b < R; ++b) Format::add(xs[b], weights, sums[a * R + b]);
      }
    }
    auto products = totals(sums);
    for (int64_t i = whole; i < p.depth; ++i)
      for (int a = 0; a < O; ++a)
        for (int b = 0; b < R; ++b)
          products[a * R + b] += Format::product(x[b * p.x_stride + i], w[a * w_step + i]);
    for (int a = 0; a < O; ++a)
      for (int b = 0; b < R; ++b) use(r + b, o + a * step, products[a * R + b]);
  };
  for_streams(p.rows, p.outputs, p.depth, block);
}

}  // namespace t5
