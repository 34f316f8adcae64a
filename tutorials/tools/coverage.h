// tutorials/NN-slug/tests.txt: which of the chapter's exercises each of its tests runs.
//
//   slice, element | a slice is a view: it shares memory with its tensor
//
// Written by `make record-NN`: a test runs an exercise when it fails with that exercise blank. It
// is from this that `make check-NN` tells whose fault a failure is.
#pragma once

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

// The failures of a report, the plainest first: a test of one exercise says more than a test of
// five, of those one that complains in one line more than one that does in ten; one that was broken
// off says least.
std::vector<const Test*> plainest_first(const Coverage& coverage, const TestReport& report);

}  // namespace course
