// weave: code, outputs and figures into the lessons.
#include <fmt/core.h>

#include <cstdlib>

#include "tutorials/tools/anchors.h"
#include "tutorials/tools/commands.h"
#include "tutorials/tools/lesson.h"

namespace course {

namespace {

// RUNS=0 fills the code alone, which takes no time.
bool with_runs() {
  const char* runs = std::getenv("RUNS");
  return !runs || std::string(runs) != "0";
}

Lines made(const Project& project, const Lesson& lesson, const Block& block, Stage& stage) {
  try {
    if (block.directive == "code") return quoted(project, lesson.chapter, block.argument);
    if (block.directive == "run" && with_runs()) return split_lines(stage.run(block.argument));
  } catch (const Problem& problem) {
    fail("{}:{}: {}", lesson.path, block.begin + 1, problem.what());
  }
  return block.body;
}

void copy_figures(const Lesson& lesson, Stage& stage) {
  std::set<std::string> names = figures(lesson);
  if (names.empty() || !with_runs()) return;
  stage.run("make " + number_of(lesson.chapter));
  const std::string shown = "tutorials/" + lesson.chapter + "/images/",
                    drawn = demo_output(lesson.chapter) + "/";
  for (const std::string& name : names) {
    if (!fs::exists(drawn + name)) fail("{}: the demo did not draw {}", lesson.path, drawn + name);
    for (const std::string& old : with_steps(shown, name)) fs::remove(shown + old);
    for (const std::string& each : with_steps(drawn, name))
      write_file(shown + each, read_file(drawn + each));
  }
}

void weave_lesson(const Project& project, const std::string& chapter) {
  Lesson lesson = read_lesson(lesson_path(chapter), chapter);
  Stage stage(chapter);
  Lines lines;
  size_t copied = 0;
  for (const Block& block : lesson.blocks) {
    lines.insert(lines.end(), lesson.lines.begin() + copied,
                 lesson.lines.begin() + block.begin + 1);
    Lines body = made(project, lesson, block, stage);
    lines.insert(lines.end(), body.begin(), body.end());
    copied = block.end - 1;
  }
  lines.insert(lines.end(), lesson.lines.begin() + copied, lesson.lines.end());
  write_file(lesson.path, join_lines(lines));
  copy_figures(lesson, stage);
  fmt::print("{}: woven\n", lesson.path);
}

}  // namespace

int weave(const Project& project, const std::string& chapter) {
  for (const std::string& each : project.chapters()) {
    if (!chapter.empty() && each != chapter) continue;
    if (!fs::exists(lesson_path(each))) fail("{}: not found", lesson_path(each));
    weave_lesson(project, each);
  }
  return 0;
}

}  // namespace course
