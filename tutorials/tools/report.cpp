#include "tutorials/tools/report.h"

#include <algorithm>
#include <regex>

#include "tutorials/tools/text.h"

namespace course {

namespace {

bool is_rule(const std::string& line) {
  return line.size() > 60 && line.find_first_not_of('=') == std::string::npos;
}

// One block between two rules: where the test stands, its suite and name, what was wrong.
void read_block(const Lines& block, TestReport& report) {
  FailedTest test;
  for (const std::string& line : block) {
    if (line.starts_with("[doctest]") || line.starts_with("TEST SUITE:")) continue;
    if (line.starts_with("TEST CASE:"))
      test.name = trim(line.substr(10));
    else
      test.text += line + "\n";
  }
  bool is_failure = test.text.find("ERROR") != std::string::npos;  // and "FATAL ERROR"
  if (test.name.empty() || !is_failure) return;
  auto same = std::find_if(report.failures.begin(), report.failures.end(),
                           [&](const FailedTest& other) { return other.name == test.name; });
  test.text = trim(test.text) + "\n";
  if (same == report.failures.end())
    report.failures.push_back(test);
  else
    same->text += test.text;
}

}  // namespace

TestReport read_report(const std::string& output) {
  TestReport report;
  Lines block;
  report.crashed = true;
  std::smatch counts;
  static const std::regex summary(
      R"(\[doctest\] test cases: *(\d+) \| *(\d+) passed \| *(\d+) failed.*)");
  for (const std::string& line : split_lines(output)) {
    if (std::regex_match(line, counts, summary)) {
      report.tests = std::stoul(counts[1]);
      report.failed = std::stoul(counts[3]);
      report.crashed = false;
    }
    if (!is_rule(line)) {
      block.push_back(line);
      continue;
    }
    read_block(block, report);
    block.clear();
  }
  read_block(block, report);
  if (output.find("test case CRASHED") != std::string::npos) report.crashed = true;
  return report;
}

}  // namespace course
