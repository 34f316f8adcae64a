#include "tutorials/tools/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>

namespace course {

namespace {

constexpr rlim_t kMemory = 16ull << 30;  // a wrong loop that allocates ends as an error

// The children that run. Each leads a process group of its own, so that everything it started ends
// with it; Ctrl-C has to be passed on to them.
std::array<std::atomic<pid_t>, 16> children;

void end_children(int signal_number) {
  for (auto& child : children)
    if (child != 0) kill(-child, SIGKILL);
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

void enter(pid_t child) {
  signal(SIGINT, end_children);
  signal(SIGTERM, end_children);
  for (auto& slot : children) {
    pid_t none = 0;
    if (slot.compare_exchange_strong(none, child)) return;
  }
}

void leave(pid_t child) {
  for (auto& slot : children) {
    pid_t expected = child;
    slot.compare_exchange_strong(expected, 0);
  }
}

// In the child: never returns.
[[noreturn]] void become(char* const* arguments, const char* log) {
  setpgid(0, 0);
  rlimit memory{kMemory, kMemory};
  setrlimit(RLIMIT_AS, &memory);
  int output = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0644), input = open("/dev/null", O_RDONLY);
  dup2(input, 0);
  dup2(output, 1);
  dup2(output, 2);
  execvp(arguments[0], arguments);
  _exit(127);
}

// The child's status, or nothing when the time is over.
bool wait_for(pid_t child, int seconds, const std::function<bool()>& go_on, int& status) {
  using std::chrono::steady_clock;
  auto now = steady_clock::now(), end = now + std::chrono::seconds(seconds);
  auto ask = now + std::chrono::seconds(1);
  auto pause = std::chrono::milliseconds(2);
  while (waitpid(child, &status, WNOHANG) == 0) {
    now = steady_clock::now();
    if (now > end) return false;
    if (go_on && now > ask) {
      if (!go_on()) return false;
      ask = now + std::chrono::seconds(1);
    }
    std::this_thread::sleep_for(pause);
    if (pause.count() < 50) pause *= 2;
  }
  return true;
}

}  // namespace

Outcome run(const std::vector<std::string>& arguments, const fs::path& log, int seconds,
            const std::function<bool()>& go_on) {
  if (log.has_parent_path()) fs::create_directories(log.parent_path());
  std::string log_name = log.string();
  std::vector<char*> pointers;
  for (const std::string& argument : arguments)
    pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  pid_t child = fork();
  if (child < 0) fail("{}: cannot be started", arguments[0]);
  if (child == 0) become(pointers.data(), log_name.c_str());
  enter(child);
  int status = 0;
  Outcome outcome;
  if (!wait_for(child, seconds, go_on, status)) {
    outcome.timed_out = true;
    kill(-child, SIGKILL);
    waitpid(child, &status, 0);
  }
  leave(child);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  outcome.output = read_file(log);
  return outcome;
}

Outcome run_shell(const std::string& script, const fs::path& log, int seconds) {
  return run({"/bin/sh", "-c", script}, log, seconds);
}

}  // namespace course
