// Signals: the wish to stop, said once or twice.
#include "t5/train/interrupt.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

using namespace t5;

namespace {

// The exit status of a child that does this with signals, and says nothing.
int status_of(const std::function<int()>& child) {
  pid_t id = ::fork();
  if (id == 0) {
    ::close(2);
    ::_exit(child());
  }
  int status = 0;
  ::waitpid(id, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

TEST_SUITE("program") {
  TEST_CASE("interrupt: a signal is a wish, the same at once is the same wish, later it leaves") {
    for (int signal : {SIGINT, SIGTERM, SIGHUP}) {
      CAPTURE(signal);
      auto raised = [signal](int times, int pause) {
        return status_of([=] {
          InterruptGuard guard;
          if (guard.requested()) return 1;
          for (int i = 0; i < times; ++i) {
            std::raise(signal);
            ::usleep(pause);
          }
          return guard.requested() && interrupted_status() == 128 + signal ? 7 : 2;
        });
      };
      CHECK(raised(1, 0) == 7);
      CHECK(raised(2, 0) == 7);  // timeout(1) signals the process, then its group
      CHECK(raised(2, 300000) == 128 + signal);
    }
  }

  TEST_CASE("interrupt: a SIGHUP that nohup ignores stays ignored; what was there comes back") {
    CHECK(status_of([] {
            std::signal(SIGHUP, SIG_IGN);
            InterruptGuard guard;
            std::raise(SIGHUP);
            return guard.requested() ? 1 : 7;
          }) == 7);
    CHECK(status_of([] {
            std::signal(SIGHUP, SIG_DFL);
            { InterruptGuard guard; }
            std::raise(SIGHUP);
            return 1;
          }) == 128 + SIGHUP);
  }
}
