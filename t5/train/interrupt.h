// Signals during long work: the first asks for a clean stop, a second leaves at once.
#pragma once

namespace t5 {

// Handles SIGINT (Ctrl-C), SIGTERM and SIGHUP (the terminal is gone) while it exists, and restores
// what was there before. A SIGHUP that is ignored stays so, as nohup wants it. What the work goes
// on with before it stops is said on stderr as soon as the signal comes.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  bool requested() const;

 private:
  void (*before_[3])(int);
};

// What shells report for a program ended by the signal that came last: 130 after Ctrl-C.
int interrupted_status();

}  // namespace t5
