// build/course: the machinery of the course. The Makefile's targets call it; see
// tutorials/tools/course.mk and docs/contributing.md.
#include <fmt/core.h>

#include <cstdlib>
#include <map>
#include <vector>

#include "tutorials/tools/commands.h"

namespace {

using namespace course;

const char* kUsage =
    "usage: course start|hint|solution|reset CHAPTER, course check CHAPTER PROGRAM,\n"
    "       course lay FOLDER [CHAPTER], course progress,\n"
    "       course weave|check-text|prove|record|chapters [CHAPTER]\n"
    "  EXERCISE=name chooses one exercise, REVEAL=1 shows a solution before the tests pass\n";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

int for_chapter(const std::string& command, const Project& project, const Choice& choice,
                const std::vector<std::string>& rest) {
  Desk desk(project);
  if (command == "start") return start(project, desk, choice);
  if (command == "hint") return hint(project, desk, choice);
  if (command == "reset") return reset(project, desk, choice);
  if (command == "solution") return solution(project, desk, choice, variable("REVEAL") == "1");
  if (rest.size() != 1) fail("check needs the test program");
  return check(project, desk, choice, rest[0]);
}

int run_command(const std::vector<std::string>& arguments) {
  Project project;
  const std::string& command = arguments[0];
  std::string exercise = variable("EXERCISE");
  if (command == "lay" && arguments.size() > 1) {
    Desk desk(project);
    if (arguments.size() == 2) return lay_all(desk, arguments[1]);
    return lay(project, desk, arguments[1], {project.chapter(arguments[2]), exercise});
  }
  std::string chapter = arguments.size() > 1 ? project.chapter(arguments[1]) : "";
  for (const char* each : {"start", "hint", "solution", "reset", "check"})
    if (command == each) {
      if (chapter.empty()) fail("{} needs the number of a chapter", command);
      return for_chapter(command, project, {chapter, exercise},
                         {arguments.begin() + 2, arguments.end()});
    }
  if (command == "progress") {
    Desk desk(project);
    return progress(project, desk);
  }
  if (command == "weave") return weave(project, chapter);
  if (command == "check-text") return check_text(project, chapter);
  if (command == "prove") return prove(project, chapter, 2);
  if (command == "record") return record(project, chapter);
  if (command == "chapters") {
    for (const std::string& each : project.chapters())
      if (chapter.empty() || each == chapter) fmt::print("{}\n", each);
    return 0;
  }
  fail("'{}' is not a command\n{}", command, kUsage);
}

}  // namespace

int main(int argc, char** argv) try {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty() || arguments[0] == "--help") {
    fmt::print("{}", kUsage);
    return arguments.empty() ? 2 : 0;
  }
  return run_command(arguments);
} catch (const course::Problem& problem) {
  fmt::print(stderr, "course: {}\n", problem.what());
  return 1;
} catch (const std::exception& error) {
  fmt::print(stderr, "course: {}\n", error.what());
  return 1;
}
