#include "tensor/ops/quantized.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "tensor/error.h"
#include "tensor/ops/math.h"
#include "tensor/ops/streams.h"
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace t5 {
namespace {

// The formats for for_products (see streams.h) say also how a row of x is prepared.

// What a row of x became for the products: its values times `scale`; a sum over whole chunks comes
// out too large by `offset`.
struct RowForm {
  float scale = 1;
  int32_t offset = 0;
};

// bfloat16: a word of memory holds two weights; a shift makes the even one a float, a mask the odd
// one. So of each chunk of x the even numbers come first, then the odd ones.
struct Bfloat16Weights {
  using Value = float;
  using Weight = Bfloat16;
  using Sums = Vector<float>;
  static constexpr int64_t kLanes = sizeof(Sums) / sizeof(float), kChunk = 2 * kLanes;

  const Bfloat16* weights;

  static RowForm prepare(const real* x, int64_t n, float* out) {
    int64_t whole = n / kChunk * kChunk;
    for (int64_t begin = 0; begin < whole; begin += kChunk)
      for (int64_t k = 0; k < kLanes; ++k) {
        out[begin + k] = static_cast<float>(x[begin + 2 * k]);
        out[begin + kLanes + k] = static_cast<float>(x[begin + 2 * k + 1]);
      }
    for (int64_t i = whole; i < n; ++i) out[i] = static_cast<float>(x[i]);
    return {};
  }

  struct Chunk {
    Sums even, odd;
  };
  static Chunk of_x(const float* x) { return {load_once<Sums>(x), load_once<Sums>(x + kLanes)}; }
  static Chunk of_weights(const Bfloat16* w) {
    auto words = load_once<Vector<uint32_t>>(w);
    return {(Sums)(words << 16), (Sums)(words & 0xffff0000u)};
  }
  static void add(const Chunk& x, const Chunk& w, Sums& sums) {
    sums += x.even * w.even;
    sums += x.odd * w.odd;
  }

  static float product(float x, Bfloat16 w) { return x * bfloat16_to_float(w); }
  float scale(int64_t) const { return 1; }
};

// int8: rows of x are rounded to integers too, so that sums are exact.
struct Int8Weights {
  using Weight = int8_t;

  const int8_t* weights;
  const float* scales;

#if defined(__AVX512VNNI__) || defined(__AVXVNNI__)
  // The processor adds the products of four unsigned with four signed bytes to each sum. The
  // weights are made unsigned, w + 128, by turning their highest bit.
  using Value = int8_t;
  using Sums = Vector<int32_t>;
  static constexpr int64_t kChunk = sizeof(Sums);
  static constexpr int32_t kShift = 128;

  using Chunk = Vector<int8_t>;
  static Chunk of_x(const Value* x) { return load_once<Chunk>(x); }
  static Chunk of_weights(const int8_t* w) {
    return load_once<Chunk>(w) ^ int8_t { -128 };
  }
  static void add(const Chunk& x, const Chunk& w, Sums& sums) {
#if defined(__AVX512VNNI__)
    sums = (Sums)_mm512_dpbusd_epi32((__m512i)sums, (__m512i)w, (__m512i)x);
#else
    sums = (Sums)_mm256_dpbusd_avx_epi32((__m256i)sums, (__m256i)w, (__m256i)x);
#endif
  }
#elif defined(__ARM_FEATURE_DOTPROD)
  // The processor adds the products of four bytes with four others to each sum.
  using Value = int8_t;
  using Sums = Vector<int32_t>;
  static constexpr int64_t kChunk = sizeof(Sums);
  static constexpr int32_t kShift = 0;

  using Chunk = int8x16_t;
  static Chunk of_x(const Value* x) { return vld1q_s8(x); }
  static Chunk of_weights(const int8_t* w) { return vld1q_s8(w); }
  static void add(const Chunk& x, const Chunk& w, Sums& sums) {
    sums = (Sums)vdotq_s32((int32x4_t)sums, x, w);
  }
#else
  // Weights become 16-bit integers, whose products the processor adds in pairs.
  using Value = int16_t;
  using Sums = Vector<int32_t>;
  static constexpr int64_t kChunk = sizeof(Sums) / sizeof(Value);
  static constexpr int32_t kShift = 0;

  using Chunk = Vector<int16_t>;
  static Chunk of_x(const Value* x) { return load<Chunk>(x); }
  static Chunk of_weights(const int8_t* w) {
    typedef int8_t Bytes __attribute__((vector_size(kChunk)));
    return __builtin_convertvector(load<Bytes>(w), Chunk);
  }
  static void add(const Chunk& x, const Chunk& w, Sums& sums) {
#if defined(__AVX2__)
    sums += (Sums)_mm256_madd_epi16((__m256i)x, (__m256i)w);
#elif defined(__SSE2__)
    sums += (Sums)_mm_madd_epi16((__m128i)x, (__m128i)w);
#elif defined(__aarch64__)
    auto low = vmlal_s16((int32x4_t)sums, vget_low_s16((int16x8_t)x), vget_low_s16((int16x8_t)w));
    sums = (Sums)vmlal_high_s16(low, (int16x8_t)x, (int16x8_t)w);
#else
    typedef int32_t Wide __attribute__((vector_size(2 * sizeof(Chunk))));
    Wide products = __builtin_convertvector(x, Wide) * __builtin_convertvector(w, Wide);
    for (int64_t i = 0; i < kChunk; ++i) sums[i / 2] += products[i];
#endif
  }
#endif

  static RowForm prepare(const real* x, int64_t n, Value* out) {
    RowForm form{quantize_row(x, n, out)};
    if (kShift != 0)
      for (int64_t i = 0; i < n / kChunk * kChunk; ++i) form.offset += kShift * out[i];
    return form;
  }
  static int32_t product(Value x, int8_t w) { return int32_t{x} * w; }
  float scale(int64_t o) const { return scales[o]; }
};

// y[r, o] = scale(r) scale(o) sum_i x[r, i] w[o, i], with W read from memory once.
template <class Weights>
Tensor multiply(const Tensor& x, const Shape& shape, const Weights& weights) {
  using Value = typename Weights::Value;
  int64_t count = x.dim(0), outputs = shape[0], depth = shape[1];
  Tensor y({count, outputs});
  real* out = y.mutable_data();
  std::vector<Value> values(count * depth);
  std::vector<float> scales(count);
  std::vector<int32_t> offsets(count);
  parallel_for(count, kElementGrain / (depth + 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      RowForm form = Weights::prepare(x.data() + r * depth, depth, values.data() + r * depth);
      scales[r] = form.scale, offsets[r] = form.offset;
    }
  });
  Operands<Weights> operands{count, outputs, depth, values.data(), depth, weights.weights, depth};
  auto scaled = [=, scales = scales.data(), offsets = offsets.data()](int64_t r, int64_t o,
                                                                      auto product) {
    out[r * outputs + o] = static_cast<real>(product - offsets[r]) * (scales[r] * weights.scale(o));
  };
  for_products(operands, scaled);
  return y;
}

}  // namespace

template <class Int>
float quantize_row(const real* x, int64_t n, Int* out) {
  real largest = simd_max(n, [x](int64_t i) { return std::abs(x[i]); });
  largest += simd_sum(n, [x](int64_t i) { return 0 * x[i]; });  // NaN where x has one
  real inverse = largest > 0 ? 127 / largest : 0;
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) out[i] = static_cast<Int>(std::nearbyint(x[i] * inverse));
  return static_cast<float>(largest / 127);
}
template float quantize_row(const real*, int64_t, int8_t*);
template float quantize_row(const real*, int64_t, int16_t*);

QuantizedMatrix::QuantizedMatrix(const Shape& shape, const Bfloat16* values,
                                 std::shared_ptr<const void> owner)
    : shape_(shape), halves_(values), owner_(std::move(owner)) {}

QuantizedMatrix::QuantizedMatrix(const Shape& shape, const int8_t* values, const float* scales,
                                 std::shared_ptr<const void> owner)
    : shape_(shape), bytes_(values), scales_(scales), owner_(std::move(owner)) {}

QuantizedMatrix::QuantizedMatrix(const std::shared_ptr<const Int8Rows>& rows)
    : QuantizedMatrix(rows->shape, rows->values.data(), rows->scales.data(), rows) {}

Tensor QuantizedMatrix::times(const Tensor& x) const {
  require(x.rank() == 2 && x.dim(1) == shape_[1], "linear: input {} does not fit weight {}",
          x.shape(), shape_);
  Tensor dense = x.as_contiguous();
  return halves_ != nullptr ? multiply(dense, shape_, Bfloat16Weights{halves_})
                            : multiply(dense, shape_, Int8Weights{bytes_, scales_});
}

Tensor QuantizedMatrix::rows(const Ids& ids) const {
  int64_t width = shape_[1];
  Tensor y({std::ssize(ids), width});
  real* out = y.mutable_data();
  for (Id id : ids) {
    check(id >= 0 && id < shape_[0], "gather_rows: id {} is outside {} rows", id, shape_[0]);
    for (int64_t i = id * width; i < (id + 1) * width; ++i)
      *out++ = halves_ != nullptr ? bfloat16_to_float(halves_[i]) : scales_[id] * bytes_[i];
  }
  return y;
}

Tensor QuantizedMatrix::all_rows() const {
  Ids ids(shape()[0]);
  std::iota(ids.begin(), ids.end(), 0);
  return rows(ids);
}

std::shared_ptr<const QuantizedMatrix> QuantizedMatrix::select(const Ids& ids) const {
  for (Id id : ids) require(id >= 0 && id < shape_[0], "select: row {} of a matrix {}", id, shape_);
  int64_t width = shape_[1];
  Shape shape{std::ssize(ids), width};
  if (halves_ != nullptr) {
    auto rows = std::make_shared<std::vector<Bfloat16>>();
    for (Id id : ids) rows->insert(rows->end(), halves_ + id * width, halves_ + (id + 1) * width);
    return std::make_shared<QuantizedMatrix>(shape, rows->data(), rows);
  }
  auto rows = std::make_shared<Int8Rows>(shape);
  for (int64_t i = 0; i < std::ssize(ids); ++i) {
    std::copy_n(bytes_ + ids[i] * width, width, rows->values.data() + i * width);
    rows->scales[i] = scales_[ids[i]];
  }
  return std::make_shared<QuantizedMatrix>(rows);
}

}  // namespace t5
