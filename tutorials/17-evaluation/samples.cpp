#include "tutorials/17-evaluation/samples.h"

#include <algorithm>

#include "tensor/parallel.h"

namespace t5::tutorial {
namespace {

// The share of the values, in percent, in each of 24 bins between the extremes.
ChartSeries histogram(std::string name, const std::vector<double>& values) {
  constexpr size_t kBins = 24;
  auto [least, most] = std::minmax_element(values.begin(), values.end());
  double low = *least, width = (*most - low) / kBins;
  std::vector<double> shares(kBins, 0);
  for (double value : values)
    shares[std::min(kBins - 1, static_cast<size_t>((value - low) / width))] +=
        100 / static_cast<double>(values.size());
  ChartSeries series{std::move(name), {{low - width / 2, 0}}};
  for (size_t bin = 0; bin < kBins; ++bin)
    series.points.push_back({low + (static_cast<double>(bin) + 0.5) * width, shares[bin]});
  series.points.push_back({*most + width / 2, 0});
  return series;
}

}  // namespace

std::vector<double> SampleScores::differences() const {
  std::vector<double> out;
  for (size_t i = 0; i < first.size(); ++i) out.push_back(second[i] - first[i]);
  return out;
}

SampleScores scores_of_samples(const SampleScore& both, int64_t n, int64_t draws, uint64_t seed) {
  SampleScores scores{std::vector<double>(draws), std::vector<double>(draws)};
  parallel_items(draws, [&](int64_t k, int64_t) {
    std::vector<int64_t> sample = draw_sample(n, Random(seed).fork(k));
    scores.first[k] = both(sample);
    for (int64_t& example : sample) example += n;
    scores.second[k] = both(sample);
  });
  return scores;
}

Chart scores_chart(const SampleScores& scores, const std::string& first,
                   const std::string& second) {
  return {"BLEU of 1,000 samples of the sentences",
          "BLEU",
          "samples, %",
          {histogram(first, scores.first), histogram(second, scores.second)}};
}

Chart differences_chart(const SampleScores& scores) {
  ChartSeries none{"no difference", {{0, 0}, {0, 12}}};
  return {"The difference of both, on the same samples",
          "difference of BLEU",
          "samples, %",
          {histogram("4 beams less 2 beams", scores.differences()), none}};
}

Middle middle_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  size_t outside = values.size() / 40;
  return {values[outside], values[values.size() - 1 - outside]};
}

}  // namespace t5::tutorial
