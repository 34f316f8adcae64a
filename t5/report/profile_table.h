// A profile of training steps as a table: what takes how long, and how far that is from what the
// machine could do.
#pragma once

#include <string>
#include <vector>

#include "autograd/profile.h"

namespace t5 {

// What a machine can do, in operations and bytes per second.
struct MachineRates {
  double products, memory;
};
MachineRates measured_rates();  // of this machine, with its present number of threads

// One line: an op forwards or backwards, or other work of a step.
struct ProfileLine {
  std::string name;  // "linear, backward"
  int64_t calls;     // per step
  double seconds;    // per step
  double share;      // of the step
  // Operations a second of an op that consists of products, bytes a second of any other, 0 where
  // neither is known.
  double operation_rate, byte_rate;
  // The time as a multiple of its bound: the products at the machine's rate or every operand moved
  // once, whichever takes longer; 0 where none is known.
  double ratio;
};

// The lines in decreasing order of time, at their end "other": what no op's lap covers. Their
// seconds add up to those of a step.
std::vector<ProfileLine> profile_lines(const Profile& profile, const MachineRates& rates);

std::string profile_table(const Profile& profile, const MachineRates& rates);

}  // namespace t5
