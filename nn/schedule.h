// Learning rate schedules with linear warm-up, as functions of the step.
#pragma once

#include <cstdint>
#include <string>

namespace t5 {

struct Schedule {
  enum Kind { kConstant, kLinear, kCosine, kInverseSqrt } kind = kConstant;
  double peak = 1e-3;        // the rate at the end of the warm-up
  int64_t warmup_steps = 0;  // the rate grows linearly from 0
  int64_t total_steps = 0;   // where linear and cosine reach 0

  // The rate of the step number `step`, counted from 0. During the warm-up peak * step / warmup.
  // kInverseSqrt: peak * sqrt(w / step), w = max(warmup_steps, 1) (T5's pretraining: 10,000).
  double rate(int64_t step) const;
};

// "constant", "linear", "cosine", "inverse_sqrt".
Schedule::Kind parse_schedule(const std::string& name);

}  // namespace t5
