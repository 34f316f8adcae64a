#include "tutorials/tools/coverage.h"

#include <algorithm>

#include "tutorials/tools/text.h"

namespace course {

namespace {

const std::string kNone = "-";

std::set<std::string> split_names(const std::string& text) {
  std::set<std::string> names;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find(',', begin), text.size());
    names.insert(trim(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  names.erase(kNone);
  return names;
}

}  // namespace

std::string coverage_path(const std::string& chapter) {
  return "tutorials/" + chapter + "/tests.txt";
}

Coverage read_coverage(const std::string& chapter) {
  Coverage coverage;
  std::string path = coverage_path(chapter);
  if (!fs::exists(path)) return coverage;
  Lines lines = split_lines(read_file(path));
  for (size_t i = 0; i < lines.size(); ++i) {
    size_t bar = lines[i].find(" | ");
    if (bar == std::string::npos)
      fail("{}:{}: expected 'exercises | test', found '{}'", path, i + 1, lines[i]);
    coverage.push_back({lines[i].substr(bar + 3), split_names(lines[i].substr(0, bar))});
  }
  return coverage;
}

std::string coverage_text(const Coverage& coverage) {
  std::string text;
  for (const auto& [test, exercises] : coverage) {
    std::string names;
    for (const std::string& name : exercises) names += (names.empty() ? "" : ", ") + name;
    text += (names.empty() ? kNone : names) + " | " + test + "\n";
  }
  return text;
}

std::vector<const Test*> plainest_first(const Coverage& coverage, const TestReport& report) {
  constexpr size_t kMany = 1000;  // more than any chapter has exercises
  auto vagueness = [&](const Test* test) {
    auto row = std::find_if(coverage.begin(), coverage.end(),
                            [&](const Covered& covered) { return covered.test == test->name; });
    size_t exercises = row == coverage.end() ? kMany : row->exercises.size();
    auto lines = std::count(test->text.begin(), test->text.end(), '\n');
    return std::pair(exercises + (test->broken_off ? kMany : 0), lines);
  };
  std::vector<const Test*> failures = report.failures();
  std::stable_sort(failures.begin(), failures.end(),
                   [&](const Test* a, const Test* b) { return vagueness(a) < vagueness(b); });
  return failures;
}

}  // namespace course
