// check: the tests of one chapter on what the learner wrote, told by exercise, and what to do next.
#include <fmt/core.h>

#include <algorithm>

#include "tutorials/tools/commands.h"
#include "tutorials/tools/coverage.h"
#include "tutorials/tools/test_run.h"

namespace course {

namespace {

constexpr size_t kLines = 16, kLinesOfStub = 2;  // of a failing test's report
constexpr size_t kOthers = 5;                    // failing tests that are named besides

// What is known of one exercise after the run.
struct Finding {
  Exercise exercise;
  enum { kPasses, kFails, kHidden, kUnwritten, kNotBegun } state;
  std::vector<const Test*> failures;
  std::string culprit;  // kHidden: the exercise that its tests wait for
};

bool met_stub(const Test& test) {
  return test.text.find("is not written yet: see tutorials/") != std::string::npos;
}

// Whose fault the failures are: of those exercises that have not passed as they stand, or, when
// these do not explain everything, of all that are written.
Blame blame_written(const Desk& desk, const std::vector<Exercise>& exercises,
                    const Coverage& coverage, const TestReport& report) {
  std::vector<std::string> written, changed;
  for (const Exercise& exercise : exercises) {
    if (!desk.written(exercise.region)) continue;
    written.push_back(exercise.region.name);
    if (!desk.passed(exercise.region)) changed.push_back(exercise.region.name);
  }
  Blame blamed = blame(coverage, report, changed);
  return blamed.unexplained.empty() ? blamed : blame(coverage, report, written);
}

Finding find(const Desk& desk, const Exercise& exercise, const Blame& blamed) {
  Finding finding{exercise, Finding::kPasses, {}, ""};
  const std::string& name = exercise.region.name;
  auto failures = blamed.failures.find(name);
  auto hidden = blamed.hidden.find(name);
  if (!desk.started(exercise.region)) {
    finding.state = Finding::kNotBegun;
  } else if (!desk.written(exercise.region)) {
    finding.state = Finding::kUnwritten;
  } else if (failures != blamed.failures.end()) {
    finding.state = Finding::kFails;
    finding.failures = failures->second;
  } else if (hidden != blamed.hidden.end()) {
    finding.state = Finding::kHidden;
    finding.culprit = hidden->second;
  }
  return finding;
}

std::string place(const Desk& desk, const Exercise& exercise) {
  return fmt::format("{}:{}", desk.path(exercise.file), desk.line_of(exercise));
}

void print_finding(const Desk& desk, const Choice& choice, const Finding& finding) {
  std::string said, mark = " ";
  switch (finding.state) {
    case Finding::kPasses:
      mark = "✓";
      break;
    case Finding::kFails:
      mark = "✗";
      said = fmt::format("{}: {}", counted(finding.failures.size(), "failing test"),
                         place(desk, finding.exercise));
      break;
    case Finding::kHidden:
      mark = "?";
      said = finding.culprit.empty() ? "not all of its tests ran"
                                     : "its tests wait for " + finding.culprit;
      break;
    case Finding::kUnwritten:
      said = "not written yet: " + place(desk, finding.exercise);
      break;
    case Finding::kNotBegun:
      said = "not begun: make start-" + number_of(choice.chapter);
      break;
  }
  fmt::print("  {} {}\n", mark,
             said.empty() ? finding.exercise.region.name
                          : fmt::format("{:<24}{}", finding.exercise.region.name, said));
}

// A line that fits a terminal: a test may compare the bytes of two files.
std::string clipped(std::string line) {
  constexpr size_t kLongest = 600;
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < ' '; }, ' ');
  return line.size() <= kLongest ? line : line.substr(0, kLongest) + " …";
}

// The beginning of a report, without blank lines and repetitions.
void print_report(const Test& test) {
  fmt::print("  {}\n", test.name);
  Lines lines;
  for (const std::string& line : split_lines(test.text))
    if (!is_blank(line) && std::find(lines.begin(), lines.end(), line) == lines.end())
      lines.push_back(line);
  size_t shown = std::min(lines.size(), met_stub(test) ? kLinesOfStub : kLines);
  for (size_t i = 0; i < shown; ++i) fmt::print("  {}\n", clipped(lines[i]));
  if (lines.size() > shown) fmt::print("  … ({} more)\n", counted(lines.size() - shown, "line"));
}

// The first failing test in full, the others by name.
void print_failures(const std::string& heading, const std::vector<const Test*>& failures) {
  if (failures.empty()) return;
  fmt::print("\n{}\n", heading);
  print_report(*failures[0]);
  if (failures.size() > 1) fmt::print("  Fails too:\n");
  for (size_t i = 1; i < std::min(failures.size(), kOthers + 1); ++i)
    fmt::print("    {}\n", failures[i]->name);
  if (failures.size() > kOthers + 1)
    fmt::print("    … ({} more)\n", counted(failures.size() - kOthers - 1, "test"));
}

// The exercise to work on now, or nullptr when all pass: one that fails, else one that is blank.
const Finding* next_to_do(const std::vector<Finding>& findings) {
  for (auto wanted : {Finding::kFails, Finding::kUnwritten, Finding::kNotBegun, Finding::kHidden})
    for (const Finding& finding : findings)
      if (finding.state == wanted) return &finding;
  return nullptr;
}

void print_next(const Desk& desk, const Choice& choice, const Finding* next) {
  if (!next)
    fmt::print("\nNext: {} for each exercise, to see which is at fault\n",
               Choice{choice.chapter, "name"}.command("check"));
  else if (next->state == Finding::kNotBegun)
    fmt::print("\nNext: {}\n", choice.command("start"));
  else
    fmt::print("\nNext: edit {}, then {}; {} helps with {}\n", place(desk, next->exercise),
               choice.command("check"), choice.command("hint"), next->exercise.region.name);
}

std::string all_pass(const Choice& choice, size_t exercises, size_t tests) {
  std::string who = choice.exercise.empty()
                        ? fmt::format("{} of {}", exercises, counted(exercises, "exercise"))
                        : choice.exercise;
  return fmt::format("{}: {} pass{}, and {} with it, on your own code. Well done!", choice.chapter,
                     who, exercises == 1 ? "es" : "",
                     tests == 1 ? "the test" : fmt::format("all {} tests", tests));
}

void print_green(const Project& project, const Desk& desk, const Choice& choice, size_t tests) {
  std::vector<Exercise> exercises = choice.exercises(project);
  fmt::print("{}\n", all_pass(choice, exercises.size(), tests));
  for (const Exercise& exercise : exercises) fmt::print("  ✓ {}\n", exercise.region.name);
  std::string number = number_of(choice.chapter);
  fmt::print("Next: {} compares with the reference; ", choice.command("solution"));
  if (desk.passed(choice.chapter))
    fmt::print("make {} shows the chapter at work; then {}\n", number,
               next_chapter(project, desk, choice.chapter));
  else
    fmt::print("make check-{} says what is left of the chapter\n", number);
}

// Failures that are no written exercise's: those of blanks, when nothing is written, begin with the
// exercise to write first.
void print_unexplained(const std::vector<Finding>& findings, std::vector<const Test*> failures) {
  const Finding* next = next_to_do(findings);
  std::stable_partition(failures.begin(), failures.end(), [&](const Test* test) {
    return next && test->text.find(stub_message(next->exercise.region)) != std::string::npos;
  });
  bool blank = !failures.empty() && met_stub(*failures[0]);
  print_failures(
      blank ? "What is blank says so:" : "No exercise of this chapter explains why this fails:",
      failures);
}

// What was wrong, by exercise; the exercise to work on is remembered for hint.
void print_red(const Desk& desk, const Choice& choice, const std::vector<Finding>& findings,
               const Blame& blamed, const fs::path& log) {
  auto passing = std::count_if(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.state == Finding::kPasses;
  });
  fmt::print("{}: {} of {} {}\n\n", choice.chapter, passing, counted(findings.size(), "exercise"),
             findings.size() == 1 ? "passes" : "pass");
  for (const Finding& finding : findings) print_finding(desk, choice, finding);
  for (const Finding& finding : findings)
    print_failures(finding.exercise.region.name + " fails in", finding.failures);
  print_unexplained(findings, blamed.unexplained);
  const Finding* next = next_to_do(findings);
  desk.set_failing(choice.chapter, next ? next->exercise.region.name : "");
  print_next(desk, choice, next);
  fmt::print("All of the report: {}\n", log.string());
}

}  // namespace

int lay(const Project& project, Desk& desk, const std::string& folder, const Choice& choice) {
  std::vector<Exercise> exercises = choice.exercises(project);
  desk.update();
  for (const Exercise& exercise : exercises)
    if (desk.started(exercise.region)) {
      desk.lay(folder, exercises);
      return 0;
    }
  fail("{} is not started: {}",
       choice.exercise.empty() ? "chapter " + choice.chapter : choice.exercise,
       choice.command("start"));
}

int lay_all(Desk& desk, const std::string& folder) {
  desk.update();
  std::vector<std::string> others = desk.lay_all(folder);
  if (!others.empty())
    fmt::print("not written yet, so taken from the reference: {}\n", listed(others));
  return 0;
}

int check(const Project& project, Desk& desk, const Choice& choice, const std::string& program) {
  desk.update();
  desk.set_last(choice.chapter);
  std::vector<Exercise> exercises = choice.exercises(project);
  fs::path log = program + ".log";
  TestRun run = run_tests(program, choice.chapter, log, RunUntil::kEnd, true);
  const TestReport& report = run.report;
  if (report.tests.empty())
    fail("{0}: {1} ran no test of TEST_SUITE(\"{0}\"): {2}", choice.chapter, program, log.string());
  Blame blamed = blame_written(desk, exercises, read_coverage(choice.chapter), report);
  std::vector<Finding> findings;
  for (const Exercise& exercise : exercises) findings.push_back(find(desk, exercise, blamed));
  for (const Finding& finding : findings)
    if (finding.state != Finding::kNotBegun)
      desk.set_passed(finding.exercise.region,
                      finding.state == Finding::kPasses && blamed.unexplained.empty());
  if (run.ok && !next_to_do(findings)) {
    print_green(project, desk, choice, report.tests.size());
    return 0;
  }
  print_red(desk, choice, findings, blamed, log);
  return 1;
}

}  // namespace course
