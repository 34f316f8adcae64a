#include "tensor/random.h"

#include <cassert>
#include <cmath>
#include <numbers>

namespace t5 {

// Box and Muller (1958). The second normal of the pair is dropped so that the state stays two
// integers.
double Random::normal() {
  double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));  // 1 - u is in (0, 1]
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

// Draws that would favour small results are rejected (fewer than n in 2^64 of them).
int64_t Random::below(int64_t n) {
  assert(n > 0);
  auto range = static_cast<uint64_t>(n);
  uint64_t excess = (0 - range) % range;  // 2^64 mod n
  uint64_t draw = bits();
  while (draw < excess) draw = bits();
  return static_cast<int64_t>(draw % range);
}

}  // namespace t5
