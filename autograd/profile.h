// Profile: where the time of a training step goes, op by op, forwards and backwards.
//
// A stopwatch with laps. While a Profiling scope exists on a thread, every op ends a lap there:
// forwards when it makes its node, backwards when its closure has run. What lies between two ops,
// the tape's own work, counts with the later one, so that the laps together are the whole time but
// for what nobody ended a lap of. Without a scope an op asks for the profile, finds none, and goes
// on.
//
// Beside its time a lap has what bounds it: the multiply-adds of its products, and the bytes that
// move when every operand is read or written once.
#pragma once

#include <chrono>
#include <compare>
#include <map>
#include <string>
#include <vector>

#include "autograd/var.h"

namespace t5 {

enum class Pass { kForward, kBackward, kNone };  // kNone: work outside the graph

class Profile {
 public:
  struct Key {
    std::string op;
    Pass pass;
    auto operator<=>(const Key&) const = default;
  };
  struct Row {
    int64_t calls = 0;
    double seconds = 0, multiply_adds = 0, bytes = 0;
  };

  // That of the innermost Profiling scope on this thread; null when nobody looks.
  static Profile* current();

  // What was done since the last lap was `op`.
  void lap(const std::string& op, Pass pass, double bytes = 0);
  // What was done since the last lap is what several threads did at the same time: their mean time,
  // all of their work.
  void lap(const std::vector<Profile>& threads);
  void end_step() { ++steps_; }

  const std::map<Key, Row>& rows() const { return rows_; }
  double seconds() const { return seconds_; }  // within Profiling scopes
  int64_t steps() const { return steps_; }

 private:
  friend class Profiling;
  using Clock = std::chrono::steady_clock;
  void start_lap();

  std::map<Key, Row> rows_;
  double seconds_ = 0;
  int64_t steps_ = 0;
  Clock::time_point lap_start_;
  double lap_multiply_adds_ = 0;  // this thread's count when the lap began
};

// While one exists, the ops of this thread are timed in `profile`; with null they are not.
class Profiling {
 public:
  explicit Profiling(Profile* profile);
  ~Profiling();
  Profiling(const Profiling&) = delete;
  Profiling& operator=(const Profiling&) = delete;

 private:
  Profile *profile_, *outer_;
  Profile::Clock::time_point start_;
};

// The profiles of threads that work side by side, when somebody looks at the one that starts them.
class ThreadProfiles {
 public:
  explicit ThreadProfiles(int64_t count);
  Profile* of(int64_t thread) { return all_ == nullptr ? nullptr : &each_[thread]; }
  void add_up();  // they have ended

 private:
  Profile* all_;
  std::vector<Profile> each_;
};

// Ends a lap of work outside the graph, when somebody looks.
void end_lap(const std::string& work, double bytes = 0);

// For make_op: ends the forward lap of an op, and returns `backward` with an end of its lap.
Backward profiled(Profile& profile, const Op& op, const Var& result, const std::vector<Var>& inputs,
                  Backward backward);

}  // namespace t5
