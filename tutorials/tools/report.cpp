#include "tutorials/tools/report.h"

#include "tutorials/tools/text.h"

namespace course {

namespace {

bool is_rule(const std::string& line) {
  return line.size() > 60 && line.find_first_not_of('=') == std::string::npos;
}

// Lines that say what the name and the place of a failure say already.
bool is_frame(const std::string& line) {
  for (const char* beginning : {"[doctest]", "TEST SUITE:", "TEST CASE:"})
    if (line.starts_with(beginning)) return true;
  return is_rule(line);
}

}  // namespace

std::vector<const Test*> TestReport::failures() const {
  std::vector<const Test*> failed;
  for (const Test& test : tests)
    if (test.failed()) failed.push_back(&test);
  return failed;
}

TestReport read_report(const std::string& output) {
  const std::string begins = "[test] ", ends = "[doctest] test cases:";
  TestReport report;
  bool crashed = false;  // doctest catches the signal, and prints its summary too
  for (const std::string& line : split_lines(output)) {
    crashed = crashed || line.find("test case CRASHED") != std::string::npos;
    if (line.starts_with(begins))
      report.tests.push_back({line.substr(begins.size()), "", false});
    else if (line.starts_with(ends))
      report.ended = !crashed;
    else if (!report.tests.empty() && !is_frame(line))
      report.tests.back().text += line + "\n";
  }
  for (Test& test : report.tests) {
    test.text = trim(test.text);
    bool is_failure = test.text.find("ERROR") != std::string::npos;  // and "FATAL ERROR"
    if (!is_failure) test.text.clear();
  }
  return report;
}

}  // namespace course
