// How good answers are, beside the answers that were wanted: numbers from texts alone.
#pragma once

#include <string>
#include <vector>

namespace t5 {

// The share of the predictions that are their reference word for word, white space aside.
double exact_match(const std::vector<std::string>& predictions,
                   const std::vector<std::string>& references);

}  // namespace t5
