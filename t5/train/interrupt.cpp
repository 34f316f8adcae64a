#include "t5/train/interrupt.h"

#include <unistd.h>

#include <csignal>

namespace t5 {
namespace {

volatile std::sig_atomic_t signals = 0;

void count_signal(int) {
  if (signals > 0) _exit(kInterruptedStatus);
  signals = 1;
}

}  // namespace

InterruptGuard::InterruptGuard() {
  signals = 0;
  before_interrupt_ = std::signal(SIGINT, count_signal);
  before_terminate_ = std::signal(SIGTERM, count_signal);
}

InterruptGuard::~InterruptGuard() {
  std::signal(SIGINT, before_interrupt_);
  std::signal(SIGTERM, before_terminate_);
}

bool InterruptGuard::requested() const { return signals > 0; }

}  // namespace t5
