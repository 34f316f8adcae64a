// What this machine can do at most, on one core: the two lines of a roofline.
//
// Measured, not looked up: clocks change with temperature and with the other cores' work. Needs
// tensor/.
#pragma once

#include <algorithm>
#include <chrono>

namespace t5::lesson {

// Floating-point operations a second, of multiply-adds between registers alone.
double peak_operations();

// Bytes a second that a loop reads from memory, from an array that no cache holds.
double read_bandwidth();

// The least time of a call of action(), in seconds, among those that fit into the budget and at
// least three: what disturbs a measurement makes it longer, never shorter.
template <class Action>
double least_seconds(const Action& action, double budget = 0.3) {
  using Clock = std::chrono::steady_clock;
  double least = 1e9, spent = 0;
  for (int call = 0; call < 3 || spent < budget; ++call) {
    auto start = Clock::now();
    action();
    double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    least = std::min(least, seconds), spent += seconds;
  }
  return least;
}

}  // namespace t5::lesson
