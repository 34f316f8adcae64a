// A number that tells texts apart: others have it once in 2^64. It is the same on every machine,
// and no secret's: whoever wants two texts with one hash can make them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "tensor/random.h"

namespace t5 {

// Of `bytes`, going on from `hash`.
inline uint64_t hash_of(std::string_view bytes, uint64_t hash = 0) {
  hash = mix_bits(hash + bytes.size() + 1);
  for (uint64_t word; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), sizeof word))) {
    word = 0;
    std::memcpy(&word, bytes.data(), std::min(bytes.size(), sizeof word));
    hash = mix_bits(hash ^ word);
  }
  return hash;
}

}  // namespace t5
