#include "tutorials/tools/test_run.h"

#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>
#include <map>

#include "tutorials/tools/process.h"

namespace course {

namespace {

constexpr int kTotalSeconds = 1800, kNoticeSeconds = 10;
constexpr uintmax_t kLongestLog = 64 << 20;

// How many seconds one test may take: $PATIENCE, or many times what the slowest of its chapter
// does.
int patience(const std::string& chapter) {
  if (const char* seconds = std::getenv("PATIENCE")) return std::atoi(seconds);
  return chapter < "13" ? 60 : 300;
}

// Looks at a running test program once a second.
class Watch {
 public:
  Watch(fs::path log, int seconds, bool narrate)
      : log_(std::move(log)), seconds_(seconds), narrate_(narrate) {}

  // Whether the test that runs now may go on.
  bool operator()() {
    if (fs::file_size(log_) > kLongestLog) return false;
    std::vector<Test> tests = read_report(read_file(log_)).tests;
    silence_ = tests.size() == begun_ ? silence_ + 1 : 0;
    begun_ = tests.size();
    if (narrate_ && silence_ == kNoticeSeconds && !tests.empty())
      fmt::print(stderr, "  still running after {} seconds: {}\n", silence_, tests.back().name);
    return silence_ < seconds_;
  }

 private:
  fs::path log_;
  int seconds_, silence_ = 0;
  bool narrate_;
  size_t begun_ = 0;
};

// What became of the test at which the program ended.
std::string ending(const Outcome& outcome, int seconds) {
  if (outcome.timed_out)
    return fmt::format(
        "ERROR: it did not end within {} seconds, or printed without end. Is there a loop whose "
        "condition never becomes false, or whose counter does not move, or a write outside of a "
        "buffer? (PATIENCE={} waits longer)",
        seconds, 10 * seconds);
  return fmt::format("ERROR: the program ended here with exit status {}",
                     meaning_of(outcome.status));
}

}  // namespace

std::string meaning_of(int status) {
  static const std::map<int, std::string> meanings{
      {132,
       "it came to an instruction that the processor does not have, or that says 'never here'"},
      {134,
       "it was aborted: an exception that nobody could catch, or memory that was damaged by a "
       "write outside of a buffer"},
      {135, "it read or wrote where no memory is"},
      {136, "an integer was divided by zero"},
      {137, "it was killed; perhaps it used up the memory"},
      {139,
       "it read or wrote outside of its memory; is an index, a size or a stride too large, "
       "or a recursion without an end?"}};
  auto meaning = meanings.find(status);
  return meaning == meanings.end() ? std::to_string(status)
                                   : fmt::format("{}: {}", status, meaning->second);
}

TestRun run_tests(const std::string& program, const std::string& chapter, const fs::path& log,
                  RunUntil until, bool narrate) {
  const int seconds = patience(chapter);
  std::vector<std::string> command{program, "--no-colors", "--reporters=course",
                                   "--test-suite=" + chapter};
  if (until == RunUntil::kFirstFailure) command.push_back("--abort-after=1");
  TestRun all{{}, true};
  std::string printed;
  for (bool goes_on = true; goes_on;) {
    std::vector<std::string> rest = command;
    rest.push_back(fmt::format("--first={}", all.report.tests.size() + 1));
    Outcome outcome = run(rest, log, kTotalSeconds, Watch(log, seconds, narrate));
    printed += outcome.output;
    TestReport part = read_report(outcome.output);
    bool broken_off = !part.ended && !part.tests.empty();
    if (broken_off) {
      part.tests.back().text += "\n" + ending(outcome, seconds);
      part.tests.back().broken_off = true;
    }
    goes_on = broken_off && !outcome.timed_out && until == RunUntil::kEnd;
    all.report.tests.insert(all.report.tests.end(), part.tests.begin(), part.tests.end());
    all.ok = all.ok && outcome.ok();
  }
  write_file(log, printed);
  return all;
}

}  // namespace course
