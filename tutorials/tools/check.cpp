// check: the tests of one chapter on the learner's library, and what to do next.
#include <fmt/core.h>

#include <algorithm>

#include "tutorials/tools/commands.h"
#include "tutorials/tools/process.h"
#include "tutorials/tools/report.h"

namespace course {

namespace {

constexpr int kSeconds = 1800;  // nothing in the course tests for longer

constexpr size_t kLines = 16, kLinesOfStub = 2;  // of a failing test's report

bool met_stub(const FailedTest& test) {
  return test.text.find("is not written yet: see tutorials/") != std::string::npos;
}

// The beginning of a report, without blank lines and repetitions.
void print_report(const FailedTest& test) {
  Lines lines;
  for (const std::string& line : split_lines(test.text))
    if (!is_blank(line) && std::find(lines.begin(), lines.end(), line) == lines.end())
      lines.push_back(line);
  size_t shown = std::min(lines.size(), met_stub(test) ? kLinesOfStub : kLines);
  for (size_t i = 0; i < shown; ++i) fmt::print("  {}\n", lines[i]);
  if (lines.size() > shown) fmt::print("  … ({} more)\n", counted(lines.size() - shown, "line"));
}

// One failing test in full: where the learner's code ran and was wrong, rather than where
// something is not written.
void print_failures(const TestReport& report) {
  const auto& failures = report.failures;
  auto shown = std::find_if_not(failures.begin(), failures.end(), met_stub);
  if (shown == failures.end()) shown = failures.begin();
  if (shown == failures.end()) return;
  fmt::print("\n{}\n", shown->name);
  print_report(*shown);
  if (failures.size() > 1) fmt::print("\nFails too:\n");
  for (const FailedTest& test : failures)
    if (&test != &*shown)
      fmt::print("  {}{}\n", test.name, met_stub(test) ? " (not written yet)" : "");
}

void print_unwritten(const Project& project, const Desk& desk, const std::string& chapter) {
  bool first = true;
  for (const Exercise& exercise : project.exercises(chapter)) {
    if (desk.written(exercise.region)) continue;
    if (first) fmt::print("\nNot written yet:\n");
    first = false;
    fmt::print("  {}:{}: {}\n", desk.path(exercise.file), desk.line_of(exercise),
               exercise.region.name);
  }
}

std::string next_step(const Project& project, const Desk& desk, const std::string& chapter) {
  std::string number = number_of(chapter);
  std::string text =
      fmt::format("make {} shows it at work, make solution-{} compares", number, number);
  const auto& chapters = project.chapters();
  for (auto next = chapters.upper_bound(chapter); next != chapters.end(); ++next)
    if (!project.exercises(*next).empty())
      return fmt::format("{}; then make {}-{}", text, desk.started(*next) ? "check" : "start",
                         number_of(*next));
  return text + "; make mine builds the whole program from what you wrote";
}

bool all_written(const Project& project, const Desk& desk, const std::string& chapter) {
  std::vector<Exercise> exercises = project.exercises(chapter);
  return std::all_of(exercises.begin(), exercises.end(),
                     [&](const Exercise& exercise) { return desk.written(exercise.region); });
}

std::string headline(const std::string& chapter, const Outcome& outcome, const TestReport& report) {
  if (outcome.timed_out) return fmt::format("{}: the tests did not end", chapter);
  if (report.crashed)
    return fmt::format("{}: the tests crashed (exit status {})", chapter, outcome.status);
  return fmt::format("{}: {} of {} failed", chapter, report.failed, counted(report.tests, "test"));
}

}  // namespace

int lay(const Project&, Desk& desk, const std::string& folder, const std::string& chapter) {
  desk.update();
  if (!chapter.empty() && !desk.started(chapter))
    fail("chapter {0} is not started: make start-{1}", chapter, number_of(chapter));
  std::vector<std::string> others = desk.lay(folder, chapter);
  if (chapter.empty() && !others.empty())
    fmt::print("not written yet, so taken from the reference: {}\n", listed(others));
  return 0;
}

int check(const Project& project, Desk& desk, const std::string& chapter,
          const std::string& program) {
  desk.update();
  fs::path log = program + ".log";
  Outcome outcome = run({program, "--no-colors", "--test-suite=" + chapter}, log, kSeconds);
  TestReport report = read_report(outcome.output);
  if (outcome.ok() && report.tests == 0)
    fail("{}: no test has TEST_SUITE(\"{}\")", chapter, chapter);
  std::string number = number_of(chapter);
  bool green = outcome.ok() && all_written(project, desk, chapter);
  desk.set_passed(chapter, green);
  if (green) {
    fmt::print("{}: {} passed, on your own code. Well done!\nNext: {}\n", chapter,
               report.tests == 1 ? "the test" : fmt::format("all {} tests", report.tests),
               next_step(project, desk, chapter));
    return 0;
  }
  fmt::print("{}\n", outcome.ok() ? fmt::format("{}: {} passed, but not all is written", chapter,
                                                counted(report.tests, "test"))
                                  : headline(chapter, outcome, report));
  print_failures(report);
  print_unwritten(project, desk, chapter);
  fmt::print("\nNext: edit, then make check-{0}; make hint-{0} helps. All of the report: {1}\n",
             number, log.string());
  return 1;
}

}  // namespace course
