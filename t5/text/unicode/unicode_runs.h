// A table of unicode_data.h, read: which run a character lies in.
#pragma once

#include <string_view>
#include <vector>

#include "t5/text/unicode/unicode_data.h"

namespace t5 {

class UnicodeRuns {
 public:
  struct Run {
    char mark;
    char32_t first, last;
    std::vector<char32_t> target;  // of the first character

    char32_t first_target(char32_t code) const { return target[0] + (code - first); }
  };

  explicit UnicodeRuns(std::string_view table);
  const Run* find(char32_t code) const;  // null when no run holds it
  const std::vector<Run>& runs() const { return runs_; }

 private:
  std::vector<Run> runs_;  // rising
};

}  // namespace t5
