// One variant of the library under the tests of one chapter: built, run, judged.
#pragma once

#include <map>
#include <string>

#include "tutorials/tools/process.h"

namespace course {

struct Variant {
  enum Expectation { kGreen, kStub, kRed };
  std::string chapter, label;  // "09-attention", "softmax.no-maximum"
  Expectation expected = kGreen;
  std::string message;                       // kStub: what a failing test must say
  std::map<std::string, std::string> files;  // by path, in place of the reference's

  std::string name() const { return chapter + " " + label; }
};

struct Verdict {
  bool as_expected = false;
  std::string text;  // what happened, a line
};

// In build/prove/FOLDER, which is left behind only when something is wrong. May be called from
// several threads with different folders. `keep` leaves the objects for the next variant there.
Verdict judge(const Variant& variant, const std::string& folder, bool keep = false);

}  // namespace course
