// What a test program of doctest printed, as tests that failed.
#pragma once

#include <string>
#include <vector>

namespace course {

struct FailedTest {
  std::string name, text;  // text: where it stands and what was wrong
};

struct TestReport {
  size_t tests = 0, failed = 0;
  bool crashed = false;  // the program ended before its summary
  std::vector<FailedTest> failures;
};

TestReport read_report(const std::string& output);

}  // namespace course
