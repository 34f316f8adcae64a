// Bit by bit conversions; see data_type.h.
#include "t5/files/data_type.h"

#include <fmt/core.h>

#include <bit>
#include <cstring>
#include <string>
#include <type_traits>

#include "tensor/bfloat16.h"
#include "tensor/error.h"

namespace t5 {
namespace {

struct DTypeFacts {
  DType dtype;
  std::string_view name;
  size_t size;
};

// In the order of the enum.
constexpr DTypeFacts kDTypes[] = {
    {DType::F64, "F64", 8},   {DType::F32, "F32", 4}, {DType::F16, "F16", 2},
    {DType::BF16, "BF16", 2}, {DType::I64, "I64", 8}, {DType::I32, "I32", 4},
    {DType::I16, "I16", 2},   {DType::I8, "I8", 1},   {DType::U64, "U64", 8},
    {DType::U32, "U32", 4},   {DType::U16, "U16", 2}, {DType::U8, "U8", 1},
    {DType::BOOL, "BOOL", 1},
};

// Loads or stores one value of an unaligned array.
template <class T>
T load(const std::byte* bytes, int64_t i) {
  T value;
  std::memcpy(&value, bytes + i * sizeof(T), sizeof(T));
  return value;
}

template <class T>
void store(T value, std::byte* bytes, int64_t i) {
  std::memcpy(bytes + i * sizeof(T), &value, sizeof(T));
}

}  // namespace

std::string_view dtype_name(DType dtype) { return kDTypes[static_cast<size_t>(dtype)].name; }

size_t dtype_size(DType dtype) { return kDTypes[static_cast<size_t>(dtype)].size; }

DType parse_dtype(std::string_view name) {
  std::string known;
  for (const DTypeFacts& facts : kDTypes) {
    if (facts.name == name) return facts.dtype;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", facts.name);
  }
  fail("unknown dtype \"{}\"; known are {}", name, known);
}

bool is_floating(DType dtype) {
  return dtype == DType::F64 || dtype == DType::F32 || dtype == DType::F16 || dtype == DType::BF16;
}

float half_to_float(uint16_t half) {
  // exercise 18-t5-small/half — the bits of a float with the same sign, exponent and fraction
  uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  uint32_t exponent = half >> 10 & 0x1f, fraction = half & 0x3ff;
  if (exponent == 0x1f)  // infinity or NaN
    return std::bit_cast<float>(sign | 0x7f800000 | fraction << 13);
  if (exponent == 0) {  // zero or subnormal: fraction · 2^-24, exact in float
    float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(magnitude));
  }
  return std::bit_cast<float>(sign | (exponent + 127 - 15) << 23 | fraction << 13);
  // end exercise
}

uint16_t float_to_half(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  auto sign = static_cast<uint16_t>(bits >> 16 & 0x8000);
  uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000)  // NaN: keep the upper bits, set the quiet one
    return static_cast<uint16_t>(sign | 0x7e00 | (magnitude >> 13 & 0x3ff));
  if (magnitude >= 0x477ff000) return sign | 0x7c00;  // from 65520 on: rounds to infinity
  if (magnitude < 0x38800000) {                       // below 2^-14: subnormal
    // Adding 0.5 puts 2^-24 at the last fraction bit of the sum, so the addition rounds for us.
    float sum = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(sum) - 0x3f000000));
  }
  magnitude -= (127 - 15) << 23;
  magnitude += 0xfff + (magnitude >> 13 & 1);  // nearest, ties to even; may carry upwards
  return static_cast<uint16_t>(sign | magnitude >> 13);
}

template <class T>
void read_values(DType dtype, const std::byte* bytes, int64_t count, T* out) {
  switch (dtype) {
    case DType::F64:
      for (int64_t i = 0; i < count; ++i) out[i] = static_cast<T>(load<double>(bytes, i));
      return;
    case DType::F32:
      for (int64_t i = 0; i < count; ++i) out[i] = load<float>(bytes, i);
      return;
    case DType::F16:
      for (int64_t i = 0; i < count; ++i) out[i] = half_to_float(load<uint16_t>(bytes, i));
      return;
    case DType::BF16:
      for (int64_t i = 0; i < count; ++i) out[i] = bfloat16_to_float(load<Bfloat16>(bytes, i));
      return;
    default:
      fail("read_values: {} is not a floating type", dtype_name(dtype));
  }
}

template <class T>
void write_values(DType dtype, const T* values, int64_t count, std::byte* bytes) {
  auto as_float = [values](int64_t i) { return static_cast<float>(values[i]); };
  switch (dtype) {
    case DType::F64:
      for (int64_t i = 0; i < count; ++i) store<double>(values[i], bytes, i);
      return;
    case DType::F32:
      for (int64_t i = 0; i < count; ++i) store<float>(as_float(i), bytes, i);
      return;
    case DType::F16:
      for (int64_t i = 0; i < count; ++i) store(float_to_half(as_float(i)), bytes, i);
      return;
    case DType::BF16:
      for (int64_t i = 0; i < count; ++i) store(float_to_bfloat16(as_float(i)), bytes, i);
      return;
    default:
      fail("write_values: {} is not a floating type", dtype_name(dtype));
  }
}

template void read_values(DType, const std::byte*, int64_t, float*);
template void read_values(DType, const std::byte*, int64_t, double*);
template void write_values(DType, const float*, int64_t, std::byte*);
template void write_values(DType, const double*, int64_t, std::byte*);

}  // namespace t5
