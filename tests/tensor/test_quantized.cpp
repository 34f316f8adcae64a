// Weights in fewer bits: their products against sums written out here.
#include <algorithm>
#include <bit>
#include <cmath>

#include "tensor/ops/quantized.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

struct Quantized {
  Tensor weights;  // (outputs, depth), what the quantized matrix stands for
  std::vector<Bfloat16> halves;

  explicit Quantized(const Shape& shape) : weights(random_tensor(shape, 7)) {}

  QuantizedMatrix bfloat16() {
    halves.clear();
    real* w = weights.mutable_data();
    for (int64_t i = 0; i < weights.size(); ++i) {
      uint32_t upper = std::bit_cast<uint32_t>(static_cast<float>(w[i])) >> 16;
      halves.push_back(Bfloat16(upper));
      w[i] = std::bit_cast<float>(upper << 16);
    }
    return QuantizedMatrix(weights.shape(), halves.data(), nullptr);
  }

  QuantizedMatrix int8() {
    int64_t rows = weights.dim(0), width = weights.dim(1);
    auto rounded = std::make_shared<Int8Rows>(weights.shape());
    real* w = weights.mutable_data();
    for (int64_t o = 0; o < rows; ++o) {
      rounded->round(o, w + o * width);
      for (int64_t i = o * width; i < (o + 1) * width; ++i)
        w[i] = static_cast<real>(rounded->scales[o]) * rounded->values[i];
    }
    return QuantizedMatrix(rounded);
  }
};

// x W' with one sum per element, in double.
Tensor product(const Tensor& x, const Tensor& w) {
  std::vector<real> values;
  for (int64_t r = 0; r < x.dim(0); ++r)
    for (int64_t o = 0; o < w.dim(0); ++o) {
      double sum = 0;
      for (int64_t i = 0; i < w.dim(1); ++i) sum += double{x.at({r, i})} * w.at({o, i});
      values.push_back(static_cast<real>(sum));
    }
  return Tensor::from({x.dim(0), w.dim(0)}, values);
}

// Every row of x as the nearest of 255 numbers from -largest to largest.
Tensor rounded(const Tensor& x) {
  Tensor y = x.contiguous_copy();
  for (int64_t r = 0; r < x.dim(0); ++r) {
    double largest = 0;
    for (int64_t i = 0; i < x.dim(1); ++i)
      largest = std::max(largest, std::abs(double{x.at({r, i})}));
    for (int64_t i = 0; i < x.dim(1); ++i)
      y.mutable_data()[r * x.dim(1) + i] =
          static_cast<real>(std::round(x.at({r, i}) * 127 / largest) * largest / 127);
  }
  return y;
}

// Depths with and without a remainder, rows alone, in fours, and both; outputs beyond a block.
const std::vector<std::pair<Shape, int64_t>> kCases = {
    {{1, 1}, 1},   {{3, 15}, 2},   {{17, 16}, 1}, {{33, 100}, 5},
    {{40, 64}, 4}, {{5, 257}, 21}, {{64, 128}, 8}};

}  // namespace

TEST_SUITE("21-performance") {
  TEST_CASE("bfloat16 weights: products are those of the floats they stand for") {
    for (const auto& [shape, rows] : kCases) {
      CAPTURE(shape);
      CAPTURE(rows);
      Quantized quantized(shape);
      QuantizedMatrix matrix = quantized.bfloat16();
      Tensor x = random_tensor({rows, shape[1]}, 9);
      for (int threads : {1, 3}) {
        Threads scope(threads);
        CHECK(gap(matrix.times(x), product(x, quantized.weights)) < 2e-5);
      }
    }
  }

  TEST_CASE("int8 weights: products are those of the rounded numbers on both sides") {
    for (const auto& [shape, rows] : kCases) {
      CAPTURE(shape);
      CAPTURE(rows);
      Quantized quantized(shape);
      QuantizedMatrix matrix = quantized.int8();
      Tensor x = random_tensor({rows, shape[1]}, 9);
      for (int threads : {1, 3}) {
        Threads scope(threads);
        CHECK(gap(matrix.times(x), product(rounded(x), quantized.weights)) < 1e-5);
      }
    }
  }

  TEST_CASE("quantising: within half a step of a row's largest number / 127, zeros stay zeros") {
    Tensor x = random_tensor({1, 999}, 3);
    std::vector<int8_t> q(999);
    float scale = quantize_row(x.data(), 999, q.data());
    double largest = 0;
    for (int64_t i = 0; i < 999; ++i) {
      largest = std::max(largest, std::abs(double{x.at({0, i})}));
      CHECK(std::abs(scale * q[i] - x.at({0, i})) <= scale * 0.5001);
    }
    CHECK(scale == doctest::Approx(largest / 127));
    std::vector<real> zeros(5, 0);
    CHECK(quantize_row(zeros.data(), 5, q.data()) == 0);
    CHECK(std::count(q.begin(), q.begin() + 5, 0) == 5);
  }

  TEST_CASE("quantized rows on their own: the products of the whole matrix with these rows") {
    for (const auto& [shape, rows] : kCases) {
      CAPTURE(shape);
      Quantized quantized(shape);
      Ids ids{static_cast<Id>(shape[0] - 1), 0, static_cast<Id>(shape[0] / 2), 0};
      for (bool halves : {false, true}) {
        QuantizedMatrix matrix = halves ? quantized.bfloat16() : quantized.int8();
        Tensor x = random_tensor({rows, shape[1]}, 9), all = matrix.times(x);
        Tensor few = matrix.select(ids)->times(x);
        for (int64_t r = 0; r < rows; ++r)
          for (int64_t i = 0; i < 4; ++i)
            CHECK(few.at({r, i}) == doctest::Approx(all.at({r, ids[i]})).epsilon(1e-5));
        CHECK(error_of([&] { matrix.select({static_cast<Id>(shape[0])}); }) != "");
      }
    }
  }

  TEST_CASE("quantized rows: an embedding's rows by id; an id outside is an error") {
    Quantized quantized({6, 10});
    for (bool halves : {false, true}) {
      QuantizedMatrix matrix = halves ? quantized.bfloat16() : quantized.int8();
      Tensor rows = matrix.rows({4, 0, 4});
      for (int64_t i = 0; i < 10; ++i) {
        CHECK(rows.at({0, i}) == doctest::Approx(quantized.weights.at({4, i})));
        CHECK(rows.at({1, i}) == doctest::Approx(quantized.weights.at({0, i})));
        CHECK(rows.at({2, i}) == rows.at({0, i}));
      }
      CHECK(error_of([&] { matrix.rows({6}); }) == "gather_rows: id 6 is outside 6 rows");
      CHECK(error_of([&] {
              matrix.times(random_tensor({2, 9}, 1));
            }) == "linear: input (2, 9) does not fit weight (6, 10)");
    }
  }
}
