#include "nn/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tensor/error.h"

namespace t5 {

double Schedule::rate(int64_t step) const {
  // exercise 06-optimisers/schedule — up in a line, then down by one of four curves
  auto warmup = static_cast<double>(warmup_steps), t = static_cast<double>(step);
  if (step < warmup_steps) return peak * t / warmup;
  double span = std::max(1.0, static_cast<double>(total_steps) - warmup);
  double progress = std::clamp((t - warmup) / span, 0.0, 1.0);
  switch (kind) {
    case kLinear:
      return peak * (1 - progress);
    case kCosine:
      return peak * (1 + std::cos(std::numbers::pi * progress)) / 2;
    case kInverseSqrt:
      return peak * std::sqrt(std::max(warmup, 1.0) / std::max(t, 1.0));
    default:
      return peak;
  }
  // end exercise
}

Schedule::Kind parse_schedule(const std::string& name) {
  if (name == "constant") return Schedule::kConstant;
  if (name == "linear") return Schedule::kLinear;
  if (name == "cosine") return Schedule::kCosine;
  if (name == "inverse_sqrt") return Schedule::kInverseSqrt;
  fail("schedule: '{}' is not one of constant, linear, cosine, inverse_sqrt", name);
}

}  // namespace t5
