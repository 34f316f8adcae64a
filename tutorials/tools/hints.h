// tutorials/NN-slug/hints.md: three hints for each exercise.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace course {

using Hints = std::map<std::string, std::vector<std::string>>;  // by the exercise's name

std::string hints_path(const std::string& chapter);

// A missing file, a hint before the first heading or a number out of turn is a Problem.
Hints read_hints(const std::string& chapter);

}  // namespace course
