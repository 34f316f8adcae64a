// The table of the longest common subsequence of two sentences, row by row, and the way back.
#pragma once

#include <string>
#include <vector>

namespace t5::tutorial {

// A picture for each step; the last one has it all.
std::vector<std::string> subsequence_svgs(const std::string& reference, const std::string& text);

}  // namespace t5::tutorial
