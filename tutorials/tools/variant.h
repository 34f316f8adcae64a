// One variant of the library under the tests of one chapter: built, run, judged.
#pragma once

#include <map>
#include <set>
#include <string>

#include "tutorials/tools/text.h"

namespace course {

using Files = std::map<std::string, std::string>;  // by path, in place of the reference's

// Builds the tests of a chapter with these files, in the folder `root`; returns the program. What
// does not compile is a Problem.
std::string build_variant(const Files& files, const std::string& root, const std::string& chapter);

struct Variant {
  enum Expectation { kGreen, kStub, kRed };
  std::string chapter, label;  // "09-attention", "softmax.no-maximum"
  Expectation expected = kGreen;
  std::string message;  // kStub: what a failing test must say
  Files files;

  std::string name() const { return chapter + " " + label; }
};

struct Verdict {
  bool as_expected = false;
  std::string text;              // what happened, a line
  std::set<std::string> failed;  // kStub: the tests
};

// In build/prove/FOLDER, which is left behind only when something is wrong. May be called from
// several threads with different folders. `keep` leaves the objects for the next variant there.
Verdict judge(const Variant& variant, const std::string& folder, bool keep = false);

}  // namespace course
