// What a test program of doctest printed with --reporters=course (tests/main.cpp): the tests that
// began, and what was wrong with those that failed.
#pragma once

#include <string>
#include <vector>

namespace course {

struct Test {
  std::string name, text;   // text: where it stands and what was wrong; "" when nothing was
  bool broken_off = false;  // it crashed, or was ended
  bool failed() const { return !text.empty(); }
};

struct TestReport {
  std::vector<Test> tests;  // in the order of the run
  bool ended = false;       // the program came to its summary

  std::vector<const Test*> failures() const;
};

TestReport read_report(const std::string& output);

}  // namespace course
