#include "tutorials/02-matmul/machine.h"

#include <cstdint>

#include "tensor/tensor.h"

namespace t5::lesson {
namespace {

// One register full of numbers, of the widest kind that the processor has.
#if defined(__AVX512F__)
constexpr int kRegisterBytes = 64;
#else
constexpr int kRegisterBytes = 32;
#endif
typedef real Lanes __attribute__((vector_size(kRegisterBytes)));
constexpr int64_t kLanes = kRegisterBytes / sizeof(real);

// Enough sums that the next multiply-add need not wait for the one before: each takes some four
// cycles until its result can be used, and two begin in every cycle.
constexpr int64_t kChains = 12;

// `steps` multiply-adds on each of kChains registers. They begin differently: equal ones would be
// computed once.
real multiply_and_add(int64_t steps, real start, real factor, real term) {
  Lanes sums[kChains];
  for (int64_t chain = 0; chain < kChains; ++chain)
    sums[chain] = Lanes{} + (start + static_cast<real>(chain));
  for (int64_t step = 0; step < steps; ++step)
#pragma GCC unroll 16
    for (Lanes& sum : sums) sum = sum * factor + term;
  real total = 0;
  for (const Lanes& sum : sums) total += sum[0];
  return total;
}

// Read and written around each computation, so that the compiler neither leaves it out because
// nobody asks for the result nor does it once for all calls.
volatile real sink = real(0.1);

}  // namespace

double peak_operations() {
  constexpr int64_t kSteps = 1'000'000;
  double seconds = least_seconds([] { sink = multiply_and_add(kSteps, sink, real(0.5), 1); });
  return 2.0 * kSteps * kChains * kLanes / seconds;
}

}  // namespace t5::lesson
