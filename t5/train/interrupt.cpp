#include "t5/train/interrupt.h"

#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string_view>

namespace t5 {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};
// timeout(1) signals a program twice, itself and in its group, and so does a shell whose terminal
// closes: what comes so soon is one wish.
constexpr double kSameWish = 0.2;                // seconds
constexpr std::string_view kErase = "\r\x1b[K";  // of a terminal's line, with the progress on it
constexpr std::string_view kNotice =
    "t5: stopping after this step, its validation and a checkpoint; once more leaves at once\n";

volatile std::sig_atomic_t first_signal = 0;
double first_time = 0;
bool at_terminal = false;

void say(std::string_view text) {
  [[maybe_unused]] ssize_t written = ::write(2, text.data(), text.size());
}

double now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// Calls only what a handler may.
void handle(int signal) {
  if (first_signal != 0) {
    if (now() - first_time > kSameWish) _exit(128 + signal);
    return;
  }
  int reason = errno;  // of a call that the signal came after
  first_time = now();
  first_signal = signal;
  if (at_terminal) say(kErase);
  say(kNotice);
  errno = reason;
}

}  // namespace

InterruptGuard::InterruptGuard() {
  first_signal = 0;
  at_terminal = ::isatty(2);
  for (int i = 0; i < 3; ++i) before_[i] = std::signal(kSignals[i], handle);
  if (before_[2] == SIG_IGN) std::signal(SIGHUP, SIG_IGN);
}

InterruptGuard::~InterruptGuard() {
  for (int i = 0; i < 3; ++i) std::signal(kSignals[i], before_[i]);
}

bool InterruptGuard::requested() const { return first_signal != 0; }

int interrupted_status() { return 128 + first_signal; }

}  // namespace t5
