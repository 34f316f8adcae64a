// start, hint, solution, reset, progress: what a learner asks for between two edits.
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>

#include "tutorials/tools/commands.h"
#include "tutorials/tools/hints.h"
#include "tutorials/tools/process.h"

namespace course {

namespace {

// Where the exercises stand on the desk.
void print_places(const Desk& desk, const std::vector<Exercise>& exercises) {
  for (const auto& [file, region] : exercises) {
    std::string state = !desk.started(region)  ? " (not begun)"
                        : desk.passed(region)  ? " (passes)"
                        : desk.written(region) ? " (written)"
                                               : "";
    fmt::print("  {}:{}: {}{}{}{}\n", desk.path(file), desk.line_of({file, region}), region.name,
               region.title.empty() ? "" : " — ", region.title, state);
  }
}

void need_start(const Desk& desk, const Choice& choice, const std::vector<Exercise>& exercises) {
  for (const Exercise& exercise : exercises)
    if (desk.started(exercise.region)) return;
  fail("{} is not started: {}",
       choice.exercise.empty() ? "chapter " + choice.chapter : "exercise " + choice.exercise,
       choice.command("start"));
}

// The exercise to help with: the one whose failure was shown last, else the first that does not
// pass; nothing when all do.
const Exercise* to_work_on(const Desk& desk, const std::vector<Exercise>& exercises) {
  const Exercise* first = nullptr;
  for (const Exercise& exercise : exercises) {
    if (desk.passed(exercise.region)) continue;
    if (!first || exercise.region.name == desk.failing(exercise.region.chapter)) first = &exercise;
  }
  return first;
}

// Lines without their indentation and breaks.
std::string squeezed(const Lines& lines) {
  std::string text = join_lines(lines);
  std::erase_if(text, [](unsigned char c) { return std::isspace(c); });
  return text;
}

// The lines of a unified diff, where a change that only breaks lines elsewhere is none.
Lines without_breaks(const Lines& diff) {
  Lines result;
  for (size_t i = 0; i < diff.size();) {
    Lines mine, reference;
    size_t end = i;
    for (; end < diff.size() && diff[end].starts_with('-'); ++end)
      mine.push_back(diff[end].substr(1));
    for (; end < diff.size() && diff[end].starts_with('+'); ++end)
      reference.push_back(diff[end].substr(1));
    bool same = squeezed(mine) == squeezed(reference);
    if (end == i) end = i + 1;  // a line that both have
    for (size_t line = i; line < end; ++line) {
      if (same && diff[line].starts_with('+')) continue;
      result.push_back(same ? " " + diff[line].substr(1) : diff[line]);
    }
    i = end;
  }
  return result;
}

// Both texts of a region, as a unified diff without its header; "" when they differ in nothing.
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
  lines = without_breaks({lines.begin() + 3, lines.end()});
  bool differ = std::any_of(lines.begin(), lines.end(),
                            [](const std::string& line) { return !line.starts_with(' '); });
  return differ ? join_lines(lines) : "";
}

std::string state_of(const Project& project, const Desk& desk, const std::string& chapter) {
  std::vector<Exercise> exercises = project.exercises(chapter);
  if (exercises.empty()) return "no exercises";
  if (!desk.started(chapter)) return "not started";
  size_t written = 0, passing = 0;
  for (const Exercise& exercise : exercises) {
    written += desk.written(exercise.region);
    passing += desk.passed(exercise.region);
  }
  std::string tests = desk.passed(chapter)          ? "passes"
                      : desk.passed_before(chapter) ? "passed before your last change"
                      : passing > 0                 ? fmt::format("{} of them pass", passing)
                                                    : "does not pass yet";
  return fmt::format("{} of {} written, {}", written, exercises.size(), tests);
}

// What to do next in a chapter that is begun and does not pass.
std::string next_exercise(const Project& project, const Desk& desk, const std::string& chapter) {
  std::vector<Exercise> exercises = project.exercises(chapter);
  const Exercise& exercise = *to_work_on(desk, exercises);
  std::string number = number_of(chapter);
  if (!desk.started(exercise.region))
    return fmt::format("make start-{} lays out {} too", number, exercise.region.name);
  if (desk.written(exercise.region)) return fmt::format("make check-{}", number);
  return fmt::format("edit {}:{} ({}), then make check-{}", desk.path(exercise.file),
                     desk.line_of(exercise), exercise.region.name, number);
}

// The chapter that was worked on last, or the latest that is begun.
std::string current_chapter(const Project& project, const Desk& desk) {
  std::string current;
  for (const std::string& chapter : project.chapters()) {
    if (chapter == desk.last() && desk.started(chapter)) return chapter;
    if (desk.started(chapter)) current = chapter;
  }
  return current;
}

void print_solution(const Project& project, const Desk& desk, const Exercise& exercise) {
  Lines reference = project.sources().at(exercise.file).text_of(exercise.region);
  Lines mine = desk.text(exercise.region).value_or(reference);
  fmt::print("{} ({})\n", exercise.region.id(), exercise.file);
  std::string text = is_stub(mine) ? "" : difference(mine, reference);
  if (!text.empty())
    fmt::print("- yours, + the reference\n{}\n", text);
  else if (!desk.written(exercise.region))
    fmt::print("{}\n", join_lines(reference));
  else
    fmt::print("yours is the reference{}\n\n",
               mine == reference ? ", to the letter" : ", but for line breaks and blanks");
}

}  // namespace

std::vector<Exercise> Choice::exercises(const Project& project) const {
  if (!exercise.empty()) return {project.exercise(chapter, exercise)};
  std::vector<Exercise> all = project.exercises(chapter);
  if (all.empty())
    fail("chapter {} has no exercises: read {}, run make {}", chapter, lesson_path(chapter),
         number_of(chapter));
  return all;
}

std::string Choice::command(const std::string& verb) const {
  return fmt::format("make {}-{}{}{}", verb, number_of(chapter),
                     exercise.empty() ? "" : " EXERCISE=", exercise);
}

int start(const Project& project, Desk& desk, const Choice& choice) {
  std::vector<Exercise> exercises = choice.exercises(project);
  desk.update();
  desk.set_last(choice.chapter);
  size_t begun = desk.start(exercises);
  std::string title = title_of(choice.chapter);
  if (begun == exercises.size())
    fmt::print("{}. Edit\n", title);
  else if (begun > 0)
    fmt::print("{}: {} new here. Edit\n", title, counted(begun, "exercise"));
  else if (!to_work_on(desk, exercises))
    fmt::print("{} is finished, and passes as it stands:\n",
               choice.exercise.empty() ? title : choice.exercise);
  else
    fmt::print("{} was started before, and is as you left it. Edit\n",
               choice.exercise.empty() ? title : choice.exercise);
  print_places(desk, exercises);
  fmt::print("The lesson is {}. When something is written: {}\n", lesson_path(choice.chapter),
             choice.command("check"));
  return 0;
}

int hint(const Project& project, Desk& desk, const Choice& choice) {
  constexpr int kHints = 3;
  std::vector<Exercise> exercises = choice.exercises(project);
  desk.update();
  need_start(desk, choice, exercises);
  desk.set_last(choice.chapter);
  const Exercise* exercise = to_work_on(desk, exercises);
  if (!exercise) {
    fmt::print("{} passes as it stands: {} compares it with the reference\n",
               choice.exercise.empty() ? choice.chapter : choice.exercise,
               choice.command("solution"));
    return 0;
  }
  const Region& region = exercise->region;
  const Hints all = read_hints(choice.chapter);
  auto hints = all.find(region.name);
  if (hints == all.end() || hints->second.size() < kHints)
    fail("{}: exercise {} should have three hints", hints_path(choice.chapter), region.name);
  int given = std::min(desk.hints_given(region), kHints - 1) + 1;
  desk.set_hints_given(region, given);
  fmt::print("{}, hint {} of {}\n\n{}\n\n", region.id(), given, kHints, hints->second[given - 1]);
  if (given < kHints)
    fmt::print("Next: {}, or {} for one more\n", choice.command("check"), choice.command("hint"));
  else
    fmt::print("Next: {}, or {} REVEAL=1\n", choice.command("check"),
               Choice{choice.chapter, region.name}.command("solution"));
  return 0;
}

int solution(const Project& project, Desk& desk, const Choice& choice, bool reveal) {
  std::vector<Exercise> exercises = choice.exercises(project);
  desk.update();
  if (!reveal) need_start(desk, choice, exercises);
  std::vector<std::string> waiting;
  for (const Exercise& exercise : exercises)
    if (reveal || desk.passed(exercise.region))
      print_solution(project, desk, exercise);
    else
      waiting.push_back(exercise.region.name);
  if (waiting.empty()) return 0;
  std::string what = waiting.size() == 1 ? "has not passed" : "have not passed";
  std::string text = fmt::format(
      "{} {} as now written: {}; to see the solution all the same: {} "
      "REVEAL=1",
      listed(waiting), what, choice.command("check"), choice.command("solution"));
  if (waiting.size() == exercises.size()) fail("{}", text);
  fmt::print("{}\n", text);
  return 0;
}

int reset(const Project& project, Desk& desk, const Choice& choice) {
  std::vector<Exercise> exercises = choice.exercises(project);
  desk.reset(exercises);
  desk.set_last(choice.chapter);
  fmt::print("{} begins again. Edit\n",
             choice.exercise.empty() ? title_of(choice.chapter) : choice.exercise);
  print_places(desk, exercises);
  return 0;
}

std::string next_chapter(const Project& project, const Desk& desk, const std::string& chapter) {
  const auto& chapters = project.chapters();
  for (auto next = chapters.upper_bound(chapter); next != chapters.end(); ++next)
    if (!project.exercises(*next).empty() && !desk.passed(*next))
      return desk.started(*next) ? next_exercise(project, desk, *next)
                                 : "make start-" + number_of(*next);
  return "make mine builds the whole program from what you wrote";
}

int progress(const Project& project, Desk& desk) {
  desk.update();
  for (const std::string& chapter : project.chapters())
    fmt::print("{:<20}{}\n", chapter, state_of(project, desk, chapter));
  std::string current = current_chapter(project, desk);
  bool ends = current.empty() || desk.passed(current);
  fmt::print("Next: {}\n",
             ends ? next_chapter(project, desk, current) : next_exercise(project, desk, current));
  return 0;
}

}  // namespace course
