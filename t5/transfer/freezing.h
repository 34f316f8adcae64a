// Which parameters of a model are trained, by their names.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nn/parameters.h"

namespace t5 {

// Says of a name whether it is trained: it matches none of the regular expressions, each of a
// whole name: "encoder.*". Throws Error for one that is none.
std::function<bool(const std::string&)> all_but(const std::vector<std::string>& frozen);

// Throws Error for a pattern that no parameter matches, and names what there is; and when they
// leave nothing to train.
void check_patterns(const std::vector<std::string>& frozen, const Parameters& parameters);

// Numbers in all parameters that are trained.
int64_t trained_count(const Parameters& parameters);

}  // namespace t5
