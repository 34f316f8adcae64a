// What one core of this machine can do at most: the flat line of a roofline. (Its slope is
// bandwidth(), in tensor/tools/rates.h.)
//
// Measured, not looked up: clocks change with temperature and with the other cores' work.
#pragma once

#include <algorithm>
#include <ctime>

namespace t5::lesson {

// Floating-point operations a second, of multiply-adds between registers alone.
double peak_operations();

// The processor time of a call of action(), in seconds: the least of at least three measurements,
// each long enough for the clock. What disturbs a measurement makes it longer, never shorter, and
// the time that other programs take does not count. For actions on one thread.
template <class Action>
double least_seconds(const Action& action, double budget = 0.3) {
  constexpr double kShortest = 2e-3;  // the clock counts microseconds
  double least = 1e9, spent = 0;
  for (int calls = 1, measured = 0; measured < 3 || spent < budget;) {
    std::clock_t start = std::clock();
    for (int i = 0; i < calls; ++i) action();
    double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    spent += seconds;
    if (seconds < kShortest)
      calls *= 2;
    else
      least = std::min(least, seconds / calls), ++measured;
  }
  return least;
}

}  // namespace t5::lesson
