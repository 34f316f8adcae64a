// Number formats: every half and every bfloat16 is tried, with all rounding boundaries.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "t5/files/data_type.h"
#include "tensor/bfloat16.h"
#include "tensor/error.h"

namespace t5 {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// The definition of a format with `fraction_bits` and the given exponent bias, computed in double.
double value_of(uint32_t bits, int fraction_bits, int bias) {
  int exponent = static_cast<int>(bits >> fraction_bits);
  double fraction = bits & ((1u << fraction_bits) - 1);
  double scale = std::ldexp(1.0, -fraction_bits);
  if (exponent == 0) return std::ldexp(fraction * scale, 1 - bias);
  return std::ldexp(1 + fraction * scale, exponent - bias);
}

bool same_bits(float a, float b) {
  return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b);
}

// Between the neighbours `bits` and `bits + 1`, the midpoint rounds to the even one and the floats
// beside it to the nearer one.
template <class ToFloat, class FromFloat>
bool rounds_to_nearest(uint16_t bits, float next_value, ToFloat to_float, FromFloat from_float) {
  float low = to_float(bits);
  auto middle = static_cast<float>((static_cast<double>(low) + next_value) / 2);
  auto next = static_cast<uint16_t>(bits + 1);
  return from_float(middle) == (bits % 2 == 0 ? bits : next) &&
         from_float(std::nextafter(middle, 0.0f)) == bits &&
         from_float(std::nextafter(middle, kInfinity)) == next;
}

float of_bfloat16(uint16_t bits) { return bfloat16_to_float(Bfloat16{bits}); }
uint16_t to_bfloat16(float value) { return static_cast<uint16_t>(float_to_bfloat16(value)); }

}  // namespace

TEST_SUITE("18-t5-small") {
  TEST_CASE("half: every half has the value the standard defines, and converts back to itself") {
    std::string wrong;  // the first
    auto expect = [&](uint32_t bits, float value) {
      auto half = static_cast<uint16_t>(bits);
      if (wrong.empty() && !same_bits(half_to_float(half), value))
        wrong = fmt::format("{:04x} is {}, not {}", half, half_to_float(half), value);
      if (wrong.empty() && float_to_half(value) != half)
        wrong = fmt::format("{} is {:04x}, not {:04x}", value, float_to_half(value), half);
    };
    for (uint32_t bits = 0; bits < 0x7c00; ++bits) {
      auto value = static_cast<float>(value_of(bits, 10, 15));
      expect(bits, value);
      expect(bits | 0x8000, -value);
    }
    CHECK(wrong == "");
  }

  TEST_CASE("float_to_half rounds to nearest, ties to even, between all neighbours") {
    int wrong = 0;
    for (uint16_t bits = 0; bits < 0x7bff; ++bits)
      wrong += !rounds_to_nearest(bits, half_to_float(bits + 1), half_to_float, float_to_half);
    CHECK(wrong == 0);
    CHECK(rounds_to_nearest(0x7bff, 65536.0f, half_to_float, float_to_half));  // to infinity
    CHECK(float_to_half(-1e30f) == 0xfc00);
    CHECK(float_to_half(-1e-30f) == 0x8000);
  }

  TEST_CASE("float_to_bfloat16 rounds to nearest, ties to even, between all neighbours") {
    int wrong = 0;
    for (uint16_t bits = 0; bits < 0x7f7f; ++bits) {
      wrong += !same_bits(of_bfloat16(bits), static_cast<float>(value_of(bits, 7, 127)));
      wrong += !rounds_to_nearest(bits, of_bfloat16(bits + 1), of_bfloat16, to_bfloat16);
    }
    CHECK(wrong == 0);
    CHECK(to_bfloat16(-std::numeric_limits<float>::max()) == 0xff80);
  }

  TEST_CASE("half: infinities stay infinite and every NaN stays NaN, with its sign") {
    CHECK(float_to_half(kInfinity) == 0x7c00);
    CHECK(float_to_half(-kInfinity) == 0xfc00);
    CHECK(half_to_float(0xfc00) == -kInfinity);
    CHECK(to_bfloat16(kInfinity) == 0x7f80);
    for (uint32_t bits : {0x7f800001u, 0x7fc00000u, 0xffffffffu, 0xff800001u}) {
      float nan = std::bit_cast<float>(bits);
      CHECK(std::isnan(half_to_float(float_to_half(nan))));
      CHECK(std::isnan(of_bfloat16(to_bfloat16(nan))));
      CHECK((float_to_half(nan) >> 15) == (bits >> 31));
      CHECK((to_bfloat16(nan) >> 15) == (bits >> 31));
    }
    CHECK(std::isnan(half_to_float(0x7c01)));
  }

  TEST_CASE_TEMPLATE("values written in each floating type read back, from any address", T, float,
                     double) {
    const std::vector<T> values = {0, 1, -2.5, 0.0078125, 65280};  // exact in every type
    for (DType dtype : {DType::F64, DType::F32, DType::F16, DType::BF16}) {
      std::vector<std::byte> bytes(1 + values.size() * dtype_size(dtype));
      write_values(dtype, values.data(), 5, bytes.data() + 1);
      std::vector<T> read(5);
      read_values(dtype, bytes.data() + 1, 5, read.data());
      CHECK(read == values);
    }
  }

  TEST_CASE("a double keeps all its digits in F64, and types that are not floating are refused") {
    double value = 0.1, read = 0;
    std::byte bytes[8];
    write_values(DType::F64, &value, 1, bytes);
    read_values(DType::F64, bytes, 1, &read);
    CHECK(read == 0.1);
    CHECK_THROWS_WITH_AS(read_values(DType::I64, bytes, 1, &read),
                         "read_values: I64 is not a floating type", Error);
    CHECK_THROWS_WITH_AS(write_values(DType::BOOL, &value, 1, bytes),
                         "write_values: BOOL is not a floating type", Error);
  }

  TEST_CASE("dtype names and sizes agree, and an unknown name lists the known ones") {
    for (DType dtype : {DType::F64, DType::F32, DType::F16, DType::BF16, DType::I64, DType::I32,
                        DType::I16, DType::I8, DType::U64, DType::U32, DType::U16, DType::U8})
      CHECK(std::string(dtype_name(dtype)).ends_with(std::to_string(8 * dtype_size(dtype))));
    CHECK(parse_dtype("BOOL") == DType::BOOL);
    CHECK(dtype_size(DType::BOOL) == 1);
    CHECK_THROWS_WITH_AS(parse_dtype("F8"),
                         doctest::Contains("unknown dtype \"F8\"; known are F64"), Error);
  }
}

}  // namespace t5
