// What a key/value cache holds while three rows are written, reordered and written on, and its
// picture.
#pragma once

#include <string>
#include <vector>

namespace t5::tutorial {

struct Lanes {
  std::string title;
  std::vector<std::vector<std::string>> lanes;  // the words that stand in each, by place
  std::vector<std::vector<int>> rows;           // of each row's tokens, the lane
};

// Before, between and after. A real cache, asked for the mean of each row's values, must agree.
std::vector<Lanes> show_lanes();

// One below the other.
std::string lanes_svg(const std::vector<Lanes>& states);

}  // namespace t5::tutorial
