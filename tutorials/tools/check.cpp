// check: the tests of one chapter on what the learner wrote, told by exercise, and what to do next.
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

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
  enum State { kPasses, kFails, kUnwritten, kNotBegun } state;
  TestReport report;  // kFails: of the run with this exercise alone
};

bool met_stub(const Test& test) {
  return test.text.find("is not written yet: see tutorials/") != std::string::npos;
}

// A chapter's exercises, judged by its tests: first with all that is written; if that is red, each
// exercise that has not passed as it stands alone, beside the reference's version of the others.
class Judge {
 public:
  Judge(const Desk& desk, const Choice& choice, std::string program)
      : desk_(desk), choice_(choice), program_(std::move(program)) {}

  std::vector<Finding> judge(const std::vector<Exercise>& exercises);
  const TestRun& together() const { return together_; }
  fs::path log() const { return program_ + ".log"; }

 private:
  Finding judge_alone(const Exercise& exercise, bool is_only_one) const;

  const Desk& desk_;
  const Choice& choice_;
  std::string program_;
  TestRun together_;
};

bool any_fails(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.state == Finding::kFails; });
}

Finding Judge::judge_alone(const Exercise& exercise, bool is_only_one) const {
  TestRun run = together_;
  if (!is_only_one) {
    setenv(kAlone, exercise.region.id().c_str(), 1);
    run = run_tests(program_, choice_.chapter, program_ + ".alone.log", RunUntil::kEnd, true);
    unsetenv(kAlone);
  }
  return {exercise, run.ok ? Finding::kPasses : Finding::kFails, run.report};
}

std::vector<Finding> Judge::judge(const std::vector<Exercise>& exercises) {
  unsetenv(kAlone);
  together_ = run_tests(program_, choice_.chapter, log(), RunUntil::kEnd, true);
  std::vector<Finding> findings;
  for (const Exercise& exercise : exercises)
    findings.push_back({exercise,
                        !desk_.started(exercise.region)   ? Finding::kNotBegun
                        : !desk_.written(exercise.region) ? Finding::kUnwritten
                                                          : Finding::kPasses,
                        {}});
  auto written = std::count_if(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.state == Finding::kPasses;
  });
  // Those that passed as they stand come last: a test may have become stricter since.
  for (bool passed_before : {false, true}) {
    if (together_.ok || any_fails(findings)) break;
    for (Finding& finding : findings)
      if (finding.state == Finding::kPasses &&
          desk_.passed(finding.exercise.region) == passed_before)
        finding = judge_alone(finding.exercise, written == 1);
  }
  return findings;
}

std::string place(const Desk& desk, const Exercise& exercise) {
  return fmt::format("{}:{}", desk.path(exercise.file), desk.line_of(exercise));
}

void print_finding(const Desk& desk, const Choice& choice, const Finding& finding) {
  std::string said, mark = " ", where = place(desk, finding.exercise);
  switch (finding.state) {
    case Finding::kPasses:
      mark = "✓";
      break;
    case Finding::kFails:
      mark = "✗";
      said =
          fmt::format("{}: {}", counted(finding.report.failures().size(), "failing test"), where);
      break;
    case Finding::kUnwritten:
      said = "not written yet: " + where;
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
  for (auto wanted : {Finding::kFails, Finding::kUnwritten, Finding::kNotBegun})
    for (const Finding& finding : findings)
      if (finding.state == wanted) return &finding;
  return nullptr;
}

void print_next(const Desk& desk, const Choice& choice, const Finding& next) {
  if (next.state == Finding::kNotBegun)
    fmt::print("\nNext: {}\n", choice.command("start"));
  else
    fmt::print("\nNext: edit {}, then {}; {} helps with {}\n", place(desk, next.exercise),
               choice.command("check"), choice.command("hint"), next.exercise.region.name);
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

// Failures of no exercise alone: of blanks, while nothing is written, or of all together.
void print_together(const std::vector<Finding>& findings, std::vector<const Test*> failures) {
  const Finding* next = next_to_do(findings);
  std::stable_partition(failures.begin(), failures.end(), [&](const Test* test) {
    return next && test->text.find(stub_message(next->exercise.region)) != std::string::npos;
  });
  bool blank = !failures.empty() && met_stub(*failures[0]);
  print_failures(blank ? "What is blank says so:" : "Each passes alone; with all together fails:",
                 failures);
}

// What was wrong, by exercise; the exercise to work on is remembered for hint.
void print_red(const Desk& desk, const Choice& choice, const std::vector<Finding>& findings,
               const Judge& judge) {
  auto passing = std::count_if(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.state == Finding::kPasses;
  });
  fmt::print("{}: {} of {} {}\n\n", choice.chapter, passing, counted(findings.size(), "exercise"),
             findings.size() == 1 ? "passes" : "pass");
  for (const Finding& finding : findings) print_finding(desk, choice, finding);
  Coverage coverage = read_coverage(choice.chapter);
  for (const Finding& finding : findings)
    print_failures(finding.exercise.region.name + " fails in",
                   plainest_first(coverage, finding.report));
  if (!any_fails(findings))
    print_together(findings, plainest_first(coverage, judge.together().report));
  const Finding* next = next_to_do(findings);
  desk.set_failing(choice.chapter, next ? next->exercise.region.name : "");
  if (next) print_next(desk, choice, *next);
  fmt::print("All of the report: {}\n", judge.log().string());
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
  Judge judge(desk, choice, program);
  std::vector<Finding> findings = judge.judge(choice.exercises(project));
  const TestRun& together = judge.together();
  if (together.report.tests.empty())
    fail("{0}: {1} ran no test of TEST_SUITE(\"{0}\"): {2}", choice.chapter, program,
         judge.log().string());
  bool told = together.ok || any_fails(findings);  // else nobody knows whose fault it is
  for (const Finding& finding : findings)
    if (finding.state != Finding::kNotBegun)
      desk.set_passed(finding.exercise.region, told && finding.state == Finding::kPasses);
  if (together.ok && !next_to_do(findings)) {
    print_green(project, desk, choice, together.report.tests.size());
    return 0;
  }
  print_red(desk, choice, findings, judge);
  return 1;
}

}  // namespace course
