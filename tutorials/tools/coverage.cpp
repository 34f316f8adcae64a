#include "tutorials/tools/coverage.h"

#include <algorithm>
#include <cmath>

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

class Judge {
 public:
  Judge(const Coverage& coverage, const TestReport& report) : report_(report) {
    for (const Covered& row : coverage) exercises_[row.test] = row.exercises;
    open_ = report.failures();
  }

  Blame judge(const std::vector<std::string>& suspects) {
    while (!open_.empty()) {
      auto worst = std::max_element(
          suspects.begin(), suspects.end(),
          [&](const std::string& a, const std::string& b) { return score(a) < score(b); });
      if (worst == suspects.end() || score(*worst) == 0) break;
      take(*worst);
    }
    blame_.unexplained = open_;
    for (const std::string& exercise : suspects)
      if (!blame_.failures.contains(exercise)) hide(exercise);
    return blame_;
  }

 private:
  bool runs(const std::string& test, const std::string& exercise) const {
    auto found = exercises_.find(test);
    return found != exercises_.end() && found->second.contains(exercise);
  }

  double score(const std::string& exercise) const {
    double hits = 0, tests = 0;
    for (const Test* test : open_) hits += runs(test->name, exercise);
    for (const Test& test : report_.tests) tests += runs(test.name, exercise);
    return hits == 0 ? 0 : hits / std::sqrt(static_cast<double>(open_.size()) * tests);
  }

  // The test that runs least besides says most; one that was broken off says little.
  size_t vagueness(const Test* test) const {
    return exercises_.at(test->name).size() + (test->broken_off ? 1000 : 0);
  }

  void take(const std::string& exercise) {
    std::vector<const Test*>& mine = blame_.failures[exercise];
    std::vector<const Test*> rest;
    for (const Test* test : open_) (runs(test->name, exercise) ? mine : rest).push_back(test);
    std::stable_sort(mine.begin(), mine.end(),
                     [&](const Test* a, const Test* b) { return vagueness(a) < vagueness(b); });
    open_ = rest;
  }

  void hide(const std::string& exercise) {
    for (const auto& [culprit, tests] : blame_.failures)
      for (const Test* test : tests)
        if (runs(test->name, exercise)) blame_.hidden[exercise] = culprit;
    if (blame_.hidden.contains(exercise)) return;
    for (const auto& [test, exercises] : exercises_)
      if (exercises.contains(exercise) && !report_.find(test)) blame_.hidden[exercise] = "";
  }

  const TestReport& report_;
  std::map<std::string, std::set<std::string>> exercises_;  // by test
  std::vector<const Test*> open_;                           // failures that nobody has yet
  Blame blame_;
};

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

Blame blame(const Coverage& coverage, const TestReport& report,
            const std::vector<std::string>& suspects) {
  return Judge(coverage, report).judge(suspects);
}

}  // namespace course
