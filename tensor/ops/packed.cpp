#include "tensor/ops/packed.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include "tensor/error.h"
#include "tensor/parallel.h"
#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace t5 {
namespace {

// How many rows of W a thread takes at a time: few enough to stay in its cache.
constexpr int64_t kBlock = 16;

float to_float(Bfloat16 x) { return std::bit_cast<float>(static_cast<uint32_t>(x) << 16); }

template <class Vector, class T>
Vector load(const T* p) {
  Vector v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

// The rows of x as bfloat16 weights meet them. A word of memory holds two weights; a shift makes
// the even one a float, a mask the odd one. So the even numbers of each chunk of x come first, then
// the odd ones.
struct FloatRows {
  using Weight = Bfloat16;
  using Value = float;
  using Sum = float;
  typedef uint32_t Words __attribute__((vector_size(32)));
  typedef float Floats __attribute__((vector_size(32)));
  static constexpr int64_t kLanes = 8, kChunk = 2 * kLanes;

  static float prepare(const real* x, int64_t n, float* out) {
    int64_t whole = n / kChunk * kChunk;
    for (int64_t i = 0; i < n; ++i) {
      int64_t k = i % kChunk, to = i < whole ? i - k + k / 2 + k % 2 * kLanes : i;
      out[to] = static_cast<float>(x[i]);
    }
    return 1;
  }

  // sums[r] = sum_i x[r, i] w[i] for R rows of x, `stride` apart, n a multiple of kChunk. A single
  // row has sums enough side by side to hide the latency of an addition.
  template <int R>
  static void dot(const float* x, int64_t stride, const Bfloat16* w, int64_t n, float* sums) {
    constexpr int kUnroll = R == 1 ? 4 : 1;
    Floats total[kUnroll][R] = {};
    auto add = [&](int64_t i, int u) {
      auto words = load<Words>(w + i);
      Floats even = (Floats)(words << 16), odd = (Floats)(words & 0xffff0000u);
      for (int r = 0; r < R; ++r) {
        total[u][r] += even * load<Floats>(x + r * stride + i);
        total[u][r] += odd * load<Floats>(x + r * stride + i + kLanes);
      }
    };
    int64_t i = 0;
    for (; i + kUnroll * kChunk <= n; i += kUnroll * kChunk)
      for (int u = 0; u < kUnroll; ++u) add(i + u * kChunk, u);
    for (; i < n; i += kChunk) add(i, 0);
    for (int r = 0; r < R; ++r) {
      for (int u = 1; u < kUnroll; ++u) total[0][r] += total[u][r];
      sums[r] = 0;
      for (int64_t lane = 0; lane < kLanes; ++lane) sums[r] += total[0][r][lane];
    }
  }

  static float product(float x, Bfloat16 w) { return x * to_float(w); }
};

// The rows of x as int8 weights meet them: integers, and a scale for each row.
struct IntegerRows {
  using Weight = int8_t;
  using Value = int16_t;
  using Sum = int32_t;

  static float prepare(const real* x, int64_t n, int16_t* out) { return quantize_row(x, n, out); }

#if defined(__AVX2__)
  // 16 weights at a time become 16-bit integers, whose products the processor adds in pairs.
  static constexpr int64_t kChunk = 16;
  template <int R>
  static void dot(const int16_t* x, int64_t stride, const int8_t* w, int64_t n, int32_t* sums) {
    __m256i total[R];
    for (int r = 0; r < R; ++r) total[r] = _mm256_setzero_si256();
    for (int64_t i = 0; i < n; i += kChunk) {
      __m256i weights = _mm256_cvtepi8_epi16(load<__m128i>(w + i));
      for (int r = 0; r < R; ++r)
        total[r] = _mm256_add_epi32(total[r],
                                    _mm256_madd_epi16(load<__m256i>(x + r * stride + i), weights));
    }
    for (int r = 0; r < R; ++r) {
      int32_t lanes[8];
      std::memcpy(lanes, &total[r], sizeof lanes);
      sums[r] = 0;
      for (int32_t lane : lanes) sums[r] += lane;
    }
  }
#else
  static constexpr int64_t kChunk = 1;
  template <int R>
  static void dot(const int16_t* x, int64_t stride, const int8_t* w, int64_t n, int32_t* sums) {
    for (int r = 0; r < R; ++r) {
      sums[r] = 0;
      for (int64_t i = 0; i < n; ++i) sums[r] += product(x[r * stride + i], w[i]);
    }
  }
#endif

  static int32_t product(int16_t x, int8_t w) { return int32_t{x} * w; }
};

// y[r, o] = scale(r) scale(o) sum_i x[r, i] w[o, i], a block of W's rows at a time for all rows of
// x, so that W is read from memory once. `scales` null: ones.
template <class Rows>
Tensor multiply(const Tensor& x, const Shape& shape, const typename Rows::Weight* weights,
                const float* scales) {
  int64_t count = x.dim(0), outputs = shape[0], depth = shape[1];
  Tensor y({count, outputs});
  real* out = y.data();
  std::vector<typename Rows::Value> values(count * depth);
  std::vector<float> row_scales(count);
  for (int64_t r = 0; r < count; ++r)
    row_scales[r] = Rows::prepare(x.data() + r * depth, depth, values.data() + r * depth);
  int64_t whole = depth / Rows::kChunk * Rows::kChunk;
  auto dots = [&]<int R>(int64_t r, int64_t o) {  // output o of the rows r … r + R - 1
    const auto* from = values.data() + r * depth;
    const auto* w = weights + o * depth;
    typename Rows::Sum sums[R];
    Rows::template dot<R>(from, depth, w, whole, sums);
    real scale = scales == nullptr ? 1 : scales[o];
    for (int k = 0; k < R; ++k) {
      for (int64_t i = whole; i < depth; ++i) sums[k] += Rows::product(from[k * depth + i], w[i]);
      out[(r + k) * outputs + o] = static_cast<real>(sums[k]) * row_scales[r + k] * scale;
    }
  };
  int64_t blocks = (outputs + kBlock - 1) / kBlock;
  int64_t grain = kVectorGrain / (kBlock * depth * std::max<int64_t>(count, 1)) + 1;
  parallel_for(blocks, grain, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      int64_t first = block * kBlock, last = std::min(first + kBlock, outputs), r = 0;
      for (; r + 4 <= count; r += 4)
        for (int64_t o = first; o < last; ++o) dots.template operator()<4>(r, o);
      for (; r < count; ++r)
        for (int64_t o = first; o < last; ++o) dots.template operator()<1>(r, o);
    }
  });
  return y;
}

}  // namespace

template <class Int>
float quantize_row(const real* x, int64_t n, Int* out) {
  real largest = 0;
  for (int64_t i = 0; i < n; ++i) {
    real size = std::abs(x[i]);
    largest = size <= largest ? largest : size;  // a NaN stays
  }
  real inverse = largest > 0 ? 127 / largest : 0;
  for (int64_t i = 0; i < n; ++i) out[i] = static_cast<Int>(std::nearbyint(x[i] * inverse));
  return static_cast<float>(largest / 127);
}
template float quantize_row(const real*, int64_t, int8_t*);
template float quantize_row(const real*, int64_t, int16_t*);

PackedMatrix::PackedMatrix(const Shape& shape, const Bfloat16* values,
                           std::shared_ptr<const void> owner)
    : shape_(shape), halves_(values), owner_(std::move(owner)) {}

PackedMatrix::PackedMatrix(const Shape& shape, const int8_t* values, const float* scales,
                           std::shared_ptr<const void> owner)
    : shape_(shape), bytes_(values), scales_(scales), owner_(std::move(owner)) {}

Tensor PackedMatrix::times(const Tensor& x) const {
  check(x.rank() == 2 && x.dim(1) == shape_[1], "linear: input {} does not fit weight {}",
        x.shape(), shape_);
  Tensor dense = x.as_contiguous();
  return halves_ != nullptr ? multiply<FloatRows>(dense, shape_, halves_, nullptr)
                            : multiply<IntegerRows>(dense, shape_, bytes_, scales_);
}

Tensor PackedMatrix::rows(const Ids& ids) const {
  int64_t width = shape_[1];
  Tensor y({std::ssize(ids), width});
  real* out = y.data();
  for (Id id : ids) {
    check(id >= 0 && id < shape_[0], "gather_rows: id {} is outside {} rows", id, shape_[0]);
    for (int64_t i = id * width; i < (id + 1) * width; ++i)
      *out++ = halves_ != nullptr ? to_float(halves_[i]) : scales_[id] * bytes_[i];
  }
  return y;
}

}  // namespace t5
