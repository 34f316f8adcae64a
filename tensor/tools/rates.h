// What this machine can do, measured: the rates that bounds are made of.
//
// Each is of thread_count() threads together, and measured when it is first asked for, which takes
// about a second.
#pragma once

#include <array>

namespace t5 {

// Bytes per second of plain reading, from a buffer that no cache holds, when every thread reads its
// part as so many runs of consecutive addresses, far apart. Which number is fastest depends on what
// the processor fetches ahead.
struct Reading {
  int streams;
  double rate;
};
const std::array<Reading, 4>& read_rates();
constexpr double kReadBytes = 0x1p29;  // of the buffer

double bandwidth();     // the fastest of these
double product_rate();  // operations per second of a product of 1024 x 1024 matrices

}  // namespace t5
