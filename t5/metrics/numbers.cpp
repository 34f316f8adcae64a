#include "t5/metrics/numbers.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tensor/error.h"

namespace t5 {
namespace {

// The numbers less their mean, as a vector of length 1; NaN where all are the same.
std::vector<double> standardised(std::vector<double> x) {
  auto [low, high] = std::minmax_element(x.begin(), x.end());
  if (*low == *high) return std::vector<double>(x.size(), NAN);
  double mean = std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
  double squares = 0;
  for (double& v : x) v -= mean, squares += v * v;
  for (double& v : x) v /= std::sqrt(squares);
  return x;
}

}  // namespace

double pearson(const std::vector<double>& x, const std::vector<double>& y) {
  require(x.size() == y.size() && x.size() >= 2, "correlation of {} numbers with {}", x.size(),
          y.size());
  std::vector<double> a = standardised(x), b = standardised(y);
  double r = std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  return std::isnan(r) ? r : std::clamp(r, -1.0, 1.0);
}

std::vector<double> ranks(const std::vector<double>& x) {
  std::vector<size_t> order(x.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t i, size_t j) { return x[i] < x[j]; });
  std::vector<double> rank(x.size());
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && x[order[end]] == x[order[begin]]) ++end;
    double mean = static_cast<double>(begin + 1 + end) / 2;  // of the places begin + 1 … end
    for (size_t i = begin; i < end; ++i) rank[order[i]] = mean;
  }
  return rank;
}

double spearman(const std::vector<double>& x, const std::vector<double>& y) {
  return pearson(ranks(x), ranks(y));
}

}  // namespace t5
