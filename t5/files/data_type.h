// The number formats of a checkpoint, and their conversion to and from float and double.
//
// F16 is IEEE 754 half precision (5 exponent bits, 10 fraction bits); BF16 is that of
// tensor/bfloat16.h. Rounding is to nearest, ties to even; NaN stays NaN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tensor/real.h"

namespace t5 {

// Element types by their names in the safetensors format.
enum class DType { F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL };

std::string_view dtype_name(DType dtype);  // "BF16"
size_t dtype_size(DType dtype);            // bytes per element
DType parse_dtype(std::string_view name);  // throws Error for an unknown name
bool is_floating(DType dtype);             // F64, F32, F16 or BF16
inline constexpr DType kRealType = kDoublePrecision ? DType::F64 : DType::F32;

float half_to_float(uint16_t half);
uint16_t float_to_half(float value);  // beyond ±65504 (after rounding): infinity

// count values stored at `bytes` as `dtype` → out[count]. `bytes` need not be aligned. T is float
// or double. Throws Error unless `dtype` is a floating type.
template <class T>
void read_values(DType dtype, const std::byte* bytes, int64_t count, T* out);

// values[count] → count values stored at `bytes` as `dtype`. A double goes to F16 and BF16 by way
// of float, so a value within 1e-8 of a tie may round to the other neighbour.
template <class T>
void write_values(DType dtype, const T* values, int64_t count, std::byte* bytes);

}  // namespace t5
