// Whether numbers are numbers.
#pragma once

#include <cstdint>

namespace t5 {

// Neither NaN nor infinite: 0 times anything else is 0. T is float or double.
template <class T>
bool all_finite(const T* x, int64_t n) {
  T sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < n; ++i) sum += 0 * x[i];
  return sum == 0;
}

}  // namespace t5
