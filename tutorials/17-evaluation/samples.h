// Two systems' scores on samples drawn anew, the same samples for both: as curves of how often.
#pragma once

#include <string>

#include "t5/metrics/bootstrap.h"
#include "t5/report/chart.h"

namespace t5::tutorial {

struct SampleScores {
  std::vector<double> first, second;  // of each sample

  std::vector<double> differences() const;  // second - first
};

// `both` has read the first system's outputs as examples 0 … n-1 and the second's as n … 2n-1.
SampleScores scores_of_samples(const SampleScore& both, int64_t n, int64_t draws, uint64_t seed);

// How often which score came, and how often which difference, beside the line of none.
Chart scores_chart(const SampleScores& scores, const std::string& first, const std::string& second);
Chart differences_chart(const SampleScores& scores);

// Between what the middle 95 % of the values lie.
struct Middle {
  double low, high;
};
Middle middle_of(std::vector<double> values);

}  // namespace t5::tutorial
