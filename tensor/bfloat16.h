// bfloat16: the upper half of a float, 8 exponent and 7 fraction bits.
#pragma once

#include <bit>
#include <cstdint>

namespace t5 {

enum class Bfloat16 : uint16_t {};

inline float bfloat16_to_float(Bfloat16 half) {
  return std::bit_cast<float>(static_cast<uint32_t>(half) << 16);
}

// Rounds to nearest, ties to even; NaN stays NaN.
inline Bfloat16 float_to_bfloat16(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffff) > 0x7f800000)  // NaN, whose upper half alone could read as infinity
    return static_cast<Bfloat16>(bits >> 16 | 0x40);
  return static_cast<Bfloat16>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

}  // namespace t5
