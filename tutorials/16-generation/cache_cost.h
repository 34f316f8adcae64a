// Greedy search by hand, with and without a cache, and with a clock.
#pragma once

#include <algorithm>
#include <cmath>
#include <ctime>

#include "t5/model/model.h"
#include "t5/report/chart.h"
#include "tensor/ops/reduce.h"

namespace t5::tutorial {

// Seconds of processor time: unlike time on the wall, not disturbed by what else the machine does.
inline double now() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// The likeliest id but </s>: outputs are to have the length that is asked for.
inline Id choose(Tensor logits) {
  logits.mutable_data()[1] = -INFINITY;
  return argmax(logits).back();
}

// Greedy search in which each token costs a pass over all before it; `times`: when each was there.
inline Ids without_cache(const Model& model, const Ids& input, int64_t count,
                         std::vector<double>& times) {
  NoGrad no_grad;
  Segments source({std::ssize(input)});
  Var memory = model.encode(input, source);
  Ids tokens{0};
  for (int64_t t = 0; t < count; ++t) {
    Var states = model.decode(tokens, Segments({t + 1}), memory, source);
    tokens.push_back(choose(model.head()(Var(states.value().slice(0, t, t + 1))).value()));
    times.push_back(now());
  }
  return tokens;
}

inline Ids with_cache(const Model& model, const Ids& input, int64_t count,
                      std::vector<double>& times) {
  NoGrad no_grad;
  DecoderState state = model.start(input, Segments({std::ssize(input)}));
  Ids tokens{0};
  for (int64_t t = 0; t < count; ++t) {
    Tensor states = model.step({tokens.back()}, Segments({1}), state);
    tokens.push_back(choose(model.head()(Var(states)).value()));
    times.push_back(now());
  }
  return tokens;
}

// The time of one more token, each the mean of `window` tokens.
inline std::vector<ChartPoint> cost(double start, const std::vector<double>& times,
                                    int64_t window) {
  std::vector<ChartPoint> points;
  for (int64_t t = window; t <= std::ssize(times); t += window) {
    double before = t == window ? start : times[t - window - 1];
    points.push_back(
        {static_cast<double>(t), (times[t - 1] - before) / static_cast<double>(window)});
  }
  return points;
}

// As shares of the largest, so that the picture is the same on slow machines and on fast ones.
inline void divide_by_largest(std::vector<ChartSeries>& series) {
  double largest = 0;
  for (const ChartSeries& one : series)
    for (const ChartPoint& point : one.points) largest = std::max(largest, point.y);
  for (ChartSeries& one : series)
    for (ChartPoint& point : one.points) point.y /= largest;
}

}  // namespace t5::tutorial
