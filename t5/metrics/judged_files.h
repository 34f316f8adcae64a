// What is to be judged, from text files: one text a line.
#pragma once

#include <string>
#include <vector>

#include "t5/metrics/metric.h"

namespace t5 {

// Line i of each file of references is one more text that would be right for line i of
// `predictions`. Throws Error for files of different lengths, and for an empty one.
Judged read_judged(const std::string& predictions, const std::vector<std::string>& references);

// The outputs of two systems one after the other, each with the same references: what the tests of
// bootstrap.h ask a metric to read. Throws Error for different numbers of outputs.
Judged joined(const Judged& first, const Judged& second);

}  // namespace t5
