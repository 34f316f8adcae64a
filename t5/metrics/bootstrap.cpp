#include "t5/metrics/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tensor/error.h"
#include "tensor/parallel.h"

namespace t5 {
namespace {

// n numbers in a row.
std::vector<int64_t> numbers_from(int64_t first, int64_t n) {
  std::vector<int64_t> numbers(n);
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

// body(k) of each of `draws` draws, on all threads.
template <class Body>
std::vector<double> of_draws(int64_t draws, const Body& body) {
  std::vector<double> values(draws);
  parallel_items(draws, [&](int64_t k, int64_t) { values[k] = body(k); });
  return values;
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// The share of the values above a bound, one more of one more.
double share_above(const std::vector<double>& values, double bound) {
  auto above = std::count_if(values.begin(), values.end(), [&](double v) { return v > bound; });
  return static_cast<double>(above + 1) / static_cast<double>(values.size() + 1);
}

}  // namespace

double score_of_all(const SampleScore& score, int64_t n) { return score(numbers_from(0, n)); }

double score_of_second(const SampleScore& score, int64_t n) { return score(numbers_from(n, n)); }

std::vector<int64_t> draw_sample(int64_t n, Random random) {
  std::vector<int64_t> sample(n);
  for (int64_t& example : sample) example = random.below(n);
  return sample;
}

Confidence confidence(const SampleScore& score, int64_t n, int64_t draws, uint64_t seed) {
  std::vector<double> scores =
      of_draws(draws, [&](int64_t k) { return score(draw_sample(n, Random(seed).fork(k))); });
  if (std::isnan(mean_of(scores))) return {NAN, NAN};
  std::sort(scores.begin(), scores.end());
  int64_t outside = draws / 40;  // on either side
  return {mean_of(scores), (scores[draws - 1 - outside] - scores[outside]) / 2};
}

double paired_bootstrap(const SampleScore& both, int64_t n, int64_t draws, uint64_t seed) {
  // exercise 17-evaluation/bootstrap — how far a difference strays from its mean by chance
  auto difference = [&](std::vector<int64_t> sample) {
    double first = both(sample);
    for (int64_t& example : sample) example += n;
    return std::abs(first - both(sample));
  };
  std::vector<double> differences =
      of_draws(draws, [&](int64_t k) { return difference(draw_sample(n, Random(seed).fork(k))); });
  double mean = mean_of(differences);
  for (double& value : differences) value -= mean;
  return share_above(differences, difference(numbers_from(0, n)));
  // end exercise
}

double approximate_randomisation(const SampleScore& both, int64_t n, int64_t draws, uint64_t seed) {
  auto difference = [&](int64_t k, bool shuffles) {
    Random random = Random(seed).fork(k);
    std::vector<int64_t> first = numbers_from(0, n), second = first;
    for (int64_t i = 0; i < n; ++i) (shuffles && random.below(2) == 1 ? first : second)[i] += n;
    return std::abs(both(first) - both(second));
  };
  std::vector<double> differences = of_draws(draws, [&](int64_t k) { return difference(k, true); });
  return share_above(differences, difference(0, false));
}

}  // namespace t5
