// Ctrl-C during long work: the first asks for a clean stop, the second leaves at once.
#pragma once

namespace t5 {

// Handles SIGINT and SIGTERM while it exists, and restores what was there before.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  bool requested() const;

 private:
  void (*before_interrupt_)(int);
  void (*before_terminate_)(int);
};

constexpr int kInterruptedStatus = 130;  // what shells report for a program ended by Ctrl-C

}  // namespace t5
