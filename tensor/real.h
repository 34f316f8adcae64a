// The element type of every tensor, chosen for the whole build.
//
// `float` normally; `make REAL=double` turns the library into double precision, which is what
// gradient checks run on: finite differences of a float function are good to 1e-2, of a double one
// to 1e-7.
#pragma once

#include <cstdint>
#include <type_traits>
#include <vector>

#ifndef T5_REAL
#define T5_REAL float
#endif

namespace t5 {

using real = T5_REAL;
constexpr bool kDoublePrecision = std::is_same_v<real, double>;

// A token's number in the vocabulary, and a list of them. Ids are not tensor elements.
using Id = int32_t;
using Ids = std::vector<Id>;

}  // namespace t5
