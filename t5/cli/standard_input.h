// Lines on standard input, answered in the order in which they come.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace t5 {

struct Line {
  std::string text, place;  // place: "standard input:3"
};

// At most `count` lines at a time; at a terminal each by itself. What was printed is flushed after
// each call of `answer`.
void for_each_chunk(int64_t count, const std::function<void(const std::vector<Line>&)>& answer);

}  // namespace t5
