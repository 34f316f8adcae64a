// record: which exercises each test of a chapter runs, into tutorials/NN-slug/tests.txt.
#include <fmt/core.h>

#include <cstdlib>

#include "tutorials/tools/commands.h"
#include "tutorials/tools/coverage.h"
#include "tutorials/tools/test_run.h"
#include "tutorials/tools/variant.h"

namespace course {

namespace {

const std::string kRoot = "build/record";

// The names of tests that failed.
std::set<std::string> failed_tests(const TestReport& report) {
  std::set<std::string> names;
  for (const Test* test : report.failures()) names.insert(test->name);
  return names;
}

// A region that is blank while the variable BLANK names it: one build then serves all exercises.
Lines switchable(const Source& source, const Region& region) {
  Lines lines{"{", "static const char* const blank = ::getenv(\"BLANK\");",
              fmt::format("if (blank && std::string_view(blank) == \"{}\")", region.id())};
  for (const std::string& line : stub_of(source, region)) lines.push_back(line);
  lines.push_back("}");
  for (const std::string& line : source.text_of(region)) lines.push_back(line);
  return lines;
}

Files with_switches(const Project& project) {
  Files files;
  for (const auto& [file, source] : project.sources()) {
    Texts texts;
    for (const Region& region : source.regions) texts[region.id()] = switchable(source, region);
    files[file] = source.with(texts);
  }
  return files;
}

Coverage covered(const Project& project, const std::string& chapter) {
  std::string program = build_variant(with_switches(project), kRoot, chapter);
  unsetenv("BLANK");
  std::string log = fmt::format("{}/{}.log", kRoot, chapter);
  TestRun reference = run_tests(program, chapter, log);
  if (!reference.ok) fail("{}: red with nothing blank: {}", chapter, log);
  Coverage coverage;
  for (const Test& test : reference.report.tests) coverage.push_back({test.name, {}});
  for (const auto& [file, region] : project.exercises(chapter)) {
    setenv("BLANK", region.id().c_str(), 1);
    TestRun run = run_tests(program, chapter, log);
    std::set<std::string> failed = failed_tests(run.report);
    for (Covered& row : coverage)
      if (failed.contains(row.test)) row.exercises.insert(region.name);
    fmt::print("{}: {} of {} run it\n", region.id(), failed.size(),
               counted(coverage.size(), "test"));
    std::fflush(stdout);
  }
  return coverage;
}

}  // namespace

int record(const Project& project, const std::string& chapter) {
  for (const std::string& each : project.chapters()) {
    if ((!chapter.empty() && each != chapter) || project.exercises(each).empty()) continue;
    write_file(coverage_path(each), coverage_text(covered(project, each)));
    fmt::print("{} is written\n", coverage_path(each));
  }
  fs::remove_all(kRoot);
  return 0;
}

}  // namespace course
