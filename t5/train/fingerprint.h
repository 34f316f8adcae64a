// A number that tells data apart: what is equal, in the same order, has the same; another value has
// it once in 2^64. It is no secret's hash: whoever wants two sets with one fingerprint can make
// them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "t5/model/model.h"

namespace t5 {

uint64_t fingerprint(const std::vector<Ids>& sequences);
uint64_t fingerprint(std::span<const TokenPair> pairs);
uint64_t fingerprint(const Parameters& parameters);  // of all values, in parallel

}  // namespace t5
