// start, hint, solution, reset, progress: what a learner asks for between two edits.
#include <fmt/core.h>

#include <cstdio>

#include "tutorials/tools/commands.h"
#include "tutorials/tools/hints.h"
#include "tutorials/tools/process.h"

namespace course {

namespace {

// Where the exercises of a chapter stand on the desk.
void print_places(const Project& project, const Desk& desk, const std::string& chapter) {
  for (const Exercise& exercise : project.exercises(chapter))
    fmt::print("  {}:{}: {}{}{}{}\n", desk.path(exercise.file), desk.line_of(exercise),
               exercise.region.name, exercise.region.title.empty() ? "" : " — ",
               exercise.region.title, desk.written(exercise.region) ? " (written)" : "");
}

void need_exercises(const Project& project, const std::string& chapter) {
  if (project.exercises(chapter).empty())
    fail("chapter {} has no exercises: read {}, run make {}", chapter, lesson_path(chapter),
         number_of(chapter));
}

void need_start(const Desk& desk, const std::string& chapter) {
  if (!desk.started(chapter))
    fail("chapter {} is not started: make start-{}", chapter, number_of(chapter));
}

// The exercise that was asked for, or the first that is not written, or the first of all.
Exercise choose(const Project& project, const Desk& desk, const std::string& chapter,
                const std::string& name) {
  if (!name.empty()) return project.exercise(chapter, name);
  for (const Exercise& exercise : project.exercises(chapter))
    if (!desk.written(exercise.region)) return exercise;
  return project.exercises(chapter).front();
}

// Both texts of a region, as a unified diff without its header.
std::string difference(const Lines& mine, const Lines& reference) {
  fs::path folder = fs::temp_directory_path() / fmt::format("t5-course-{}", std::rand());
  write_file(folder / "yours", join_lines(mine));
  write_file(folder / "reference", join_lines(reference));
  Outcome diff =
      run({"diff", "-U", "1000", (folder / "yours").string(), (folder / "reference").string()},
          folder / "diff", 60);
  fs::remove_all(folder);
  Lines lines = split_lines(diff.output);
  if (diff.status != 1 || lines.size() < 3) return "";
  return join_lines({lines.begin() + 3, lines.end()});
}

std::string state_of(const Project& project, const Desk& desk, const std::string& chapter) {
  std::vector<Exercise> exercises = project.exercises(chapter);
  if (exercises.empty()) return "no exercises";
  if (!desk.started(chapter)) return "not started";
  size_t written = 0;
  for (const Exercise& exercise : exercises) written += desk.written(exercise.region);
  const char* tests = desk.passed(chapter)          ? "passes"
                      : desk.passed_before(chapter) ? "passed before your last change"
                                                    : "does not pass yet";
  return fmt::format("{} of {} written, {}", written, exercises.size(), tests);
}

}  // namespace

int start(const Project& project, Desk& desk, const std::string& chapter) {
  need_exercises(project, chapter);
  desk.update();
  bool again = desk.started(chapter);
  size_t begun = desk.start(chapter);
  if (!again)
    fmt::print("{}. Edit\n", title_of(chapter));
  else if (begun > 0)
    fmt::print("{}: {} new here. Edit\n", title_of(chapter), counted(begun, "exercise"));
  else
    fmt::print("{} was started before, and is as you left it. Edit\n", title_of(chapter));
  print_places(project, desk, chapter);
  fmt::print("The lesson is {}. When something is written: make check-{}\n", lesson_path(chapter),
             number_of(chapter));
  return 0;
}

int hint(const Project& project, Desk& desk, const std::string& chapter,
         const std::string& exercise) {
  constexpr int kHints = 3;
  need_exercises(project, chapter);
  desk.update();
  need_start(desk, chapter);
  Region region = choose(project, desk, chapter, exercise).region;
  const Hints all = read_hints(chapter);
  auto hints = all.find(region.name);
  if (hints == all.end() || hints->second.size() < kHints)
    fail("{}: exercise {} should have three hints", hints_path(chapter), region.name);
  int given = std::min(desk.hints_given(region), kHints - 1) + 1;
  desk.set_hints_given(region, given);
  fmt::print("{}, hint {} of {}\n\n{}\n\n", region.id(), given, kHints, hints->second[given - 1]);
  std::string number = number_of(chapter);
  if (given < kHints)
    fmt::print("Next: make check-{0}, or make hint-{0} for one more\n", number);
  else
    fmt::print("Next: make check-{0}, or make solution-{0} EXERCISE={1} REVEAL=1\n", number,
               region.name);
  return 0;
}

int solution(const Project& project, Desk& desk, const std::string& chapter,
             const std::string& exercise, bool reveal) {
  need_exercises(project, chapter);
  desk.update();
  if (!reveal) need_start(desk, chapter);
  if (!reveal && !desk.passed(chapter))
    fail(
        "the tests of {} have not passed yet: make check-{}; to see the solution all the same: "
        "make solution-{} REVEAL=1",
        chapter, number_of(chapter), number_of(chapter));
  for (const Exercise& each : project.exercises(chapter)) {
    if (!exercise.empty() && each.region.name != project.exercise(chapter, exercise).region.name)
      continue;
    Lines reference = project.sources().at(each.file).text_of(each.region);
    Lines mine = desk.text(each.region).value_or(reference);
    fmt::print("{} ({})\n", each.region.id(), each.file);
    std::string text = is_stub(mine) ? "" : difference(mine, reference);
    if (!text.empty())
      fmt::print("- yours, + the reference\n{}\n", text);
    else if (desk.written(each.region))
      fmt::print("yours is the reference, to the letter\n\n");
    else
      fmt::print("{}\n", join_lines(reference));
  }
  return 0;
}

int reset(const Project& project, Desk& desk, const std::string& chapter) {
  need_exercises(project, chapter);
  desk.reset(chapter);
  desk.set_passed(chapter, false);
  fmt::print("{} begins again. Edit\n", title_of(chapter));
  print_places(project, desk, chapter);
  return 0;
}

int progress(const Project& project, Desk& desk) {
  desk.update();
  std::string next;
  for (const std::string& chapter : project.chapters()) {
    fmt::print("{:<20}{}\n", chapter, state_of(project, desk, chapter));
    if (next.empty() && !project.exercises(chapter).empty() && !desk.passed(chapter))
      next =
          fmt::format("make {}-{}", desk.started(chapter) ? "check" : "start", number_of(chapter));
  }
  fmt::print("Next: {}\n", next.empty() ? "make mine: the whole program, yours" : next);
  return 0;
}

}  // namespace course
