// Numbers against the right ones: how far the one rises with the other.
#pragma once

#include <vector>

namespace t5 {

// The covariance over both deviations, from -1 to 1; NaN where one side does not vary. Needs two
// numbers a side at least.
double pearson(const std::vector<double>& x, const std::vector<double>& y);

// The place of each number among the sorted, from 1; equal ones share the mean of their places.
std::vector<double> ranks(const std::vector<double>& x);

// Pearson's correlation of the ranks: 1 as soon as y rises wherever x does.
double spearman(const std::vector<double>& x, const std::vector<double>& y);

}  // namespace t5
