// tutorials/NN-slug/tests.txt: which of the chapter's exercises each of its tests runs.
//
//   slice, element | a slice is a view: it shares memory with its tensor
//
// Written by `make record-NN`: a test runs an exercise when it fails with that exercise blank. It
// is from this that `make check-NN` tells whose fault a failure is.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tutorials/tools/report.h"

namespace course {

struct Covered {
  std::string test;
  std::set<std::string> exercises;  // by name
};
using Coverage = std::vector<Covered>;  // in the order of the run

std::string coverage_path(const std::string& chapter);
Coverage read_coverage(const std::string& chapter);  // empty without the file
std::string coverage_text(const Coverage& coverage);

// What a run says of the exercises that were in it.
struct Blame {
  // By exercise: the failures that are its, the most telling first.
  std::map<std::string, std::vector<const Test*>> failures;
  std::vector<const Test*> unexplained;  // failures that are none's
  // Exercises of which nothing can be told: some of their tests failed, or did not run, through
  // another's fault.
  std::map<std::string, std::string>
      hidden;  // the exercise, and that other ("": tests did not run)
};

// `suspects` are the exercises in the run that could be wrong. The one whose tests fail most is to
// blame for all failures of tests that run it; and so on with what is left (the measure is
// Ochiai's: hits / sqrt(failures * tests of the exercise)).
Blame blame(const Coverage& coverage, const TestReport& report,
            const std::vector<std::string>& suspects);

}  // namespace course
