#include "tensor/tools/rates.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "tensor/ops/matmul.h"
#include "tensor/ops/streams.h"
#include "tensor/parallel.h"

namespace t5 {
namespace {

// The least of seven calls, after one that fetches memory from the system: a bound is what the
// machine can do, not what other programs leave of it.
double least_seconds(auto work) {
  double least = INFINITY;
  work();
  for (int i = 0; i < 7; ++i) {
    auto start = std::chrono::steady_clock::now();
    work();
    std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    least = std::min(least, time.count());
  }
  return least;
}

// One vector register.
using Lanes = Vector<float>;

// Four sums side by side, or one for each stream: a single one would wait for its additions.
template <int kStreams>
float sum_streams(const Lanes* x, int64_t lines) {
  constexpr int kSums = std::max(kStreams, 4), kTogether = kSums / kStreams;
  int64_t apart = lines / kStreams;
  std::array<Lanes, kSums> sums{};
  for (int64_t i = 0; i + kTogether <= apart; i += kTogether)
#pragma GCC unroll 8
    for (int s = 0; s < kSums; ++s) sums[s] += x[s % kStreams * apart + i + s / kStreams];
  Lanes sum = std::accumulate(sums.begin(), sums.end(), Lanes{});
  return sum[0] + sum[sizeof sum / sizeof(float) - 1];
}

template <int kStreams>
Reading measure_reading(const Tensor& x) {
  auto lines = reinterpret_cast<const Lanes*>(x.data());
  [[maybe_unused]] volatile float use = 0;
  double time = least_seconds([&] {
    parallel_for(static_cast<int64_t>(kReadBytes / sizeof(Lanes)), 1,
                 [&](int64_t begin, int64_t end) {
                   use = sum_streams<kStreams>(lines + begin, end - begin);
                 });
  });
  return {kStreams, kReadBytes / time};
}

}  // namespace

const std::array<Reading, 4>& read_rates() {
  static const std::array<Reading, 4> rates = [] {
    Tensor x = Tensor::full({static_cast<int64_t>(kReadBytes / sizeof(real))}, 1);
    return std::array{measure_reading<1>(x), measure_reading<2>(x), measure_reading<4>(x),
                      measure_reading<8>(x)};
  }();
  return rates;
}

double bandwidth() {
  double best = 0;
  for (const Reading& reading : read_rates()) best = std::max(best, reading.rate);
  return best;
}

double product_rate() {
  static const double rate = [] {
    constexpr int64_t kSize = 1024;
    Random random(1);
    Tensor x = Tensor::normal({kSize, kSize}, random), w = Tensor::normal({kSize, kSize}, random);
    Tensor y({kSize, kSize});
    double time = least_seconds([&] { gemm(1, x, w.transpose(), 0, y); });
    return 2.0 * kSize * kSize * kSize / time;
  }();
  return rate;
}

}  // namespace t5
