// What the machine can do: memory, multiply-adds, matrix products.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "tensor/ops/matmul.h"
#include "tensor/ops/quantized.h"
#include "tensor/parallel.h"
#include "tensor/tools/rates.h"
#include "tests/bench/bench.h"

namespace t5::bench {
namespace {

// 64 bytes: a cache line, a vector register or several.
using Lanes = float __attribute__((vector_size(64)));

double product_operations(int64_t m, int64_t n, int64_t k) {
  return 2.0 * static_cast<double>(m * n * k);
}

void print_product(int64_t m, int64_t n, int64_t k, int64_t items) {
  double operations = product_operations(m, n, k) * static_cast<double>(items);
  double time = product_time(m, n, k, items).forward;
  std::string name = fmt::format("{}{} x {} times {} x {}",
                                 items > 1 ? fmt::format("{} of ", items) : "", m, k, k, n);
  print_row(name, time, operations / fma_rate(),
            fmt::format("{:.0f} GFLOP/s", operations / time / 1e9));
}

constexpr int64_t kOutputs = 32128, kDepth = 512;  // t5-small's head

// A few rows times the head, with weights of `bytes` bytes each: what generation consists of.
void print_few_rows(const char* precision, int64_t rows, int bytes,
                    const std::function<void(const Tensor& x)>& multiply) {
  Random random(5);
  Tensor x = Tensor::normal({rows, kDepth}, random);
  double weights = kOutputs * kDepth, time = kernel_seconds([&] { multiply(x); });
  print_row(fmt::format("{}, {} x 512 times 512 x 32128", precision, rows), time,
            weights_bound(weights, bytes, rows),
            fmt::format("{:.1f} GB/s", weights * bytes / time / 1e9));
}

void print_matrix_times_rows() {
  Random random(5);
  Tensor w = Tensor::normal({kOutputs, kDepth}, random);
  std::vector<Bfloat16> halves(w.size(), Bfloat16{0x3f80});
  std::vector<int8_t> bytes(w.size(), 3);
  std::vector<float> scales(kOutputs, 1);
  QuantizedMatrix bfloat16(w.shape(), halves.data(), nullptr);
  QuantizedMatrix int8(w.shape(), bytes.data(), scales.data(), nullptr);
  print_heading("A few rows times a large matrix; bound: the matrix once, or products");
  for (int64_t rows : {1, 4, 16}) {
    print_few_rows("float32", rows, 4, [&](const Tensor& x) { matmul(x, w.transpose()); });
    print_few_rows("bfloat16", rows, 2, [&](const Tensor& x) { bfloat16.times(x); });
    print_few_rows("int8", rows, 1, [&](const Tensor& x) { int8.times(x); });
  }
}

}  // namespace

double fma_rate() {
  static const double rate = [] {
    constexpr int64_t kSums = 12, kRounds = 100000;
    volatile float use = 0;
    auto multiply_add = [&] {
      parallel_for(thread_count(), 1, [&](int64_t, int64_t) {
        std::array<Lanes, kSums> sums;
        for (int64_t s = 0; s < kSums; ++s) sums[s] = Lanes{} + static_cast<float>(s);
        Lanes a = Lanes{} + use, b = Lanes{} + 1;
        for (int64_t i = 0; i < kRounds; ++i)
#pragma GCC unroll 12
          for (int64_t s = 0; s < kSums; ++s) sums[s] = sums[s] * a + b;
        use = std::accumulate(sums.begin(), sums.end(), Lanes{})[0] * 0;
      });
    };
    double time = kernel_seconds(multiply_add);
    for (int i = 0; i < 4; ++i) time = std::min(time, kernel_seconds(multiply_add));
    return 2.0 * 16 * kSums * kRounds * thread_count() / time;
  }();
  return rate;
}

double weights_bound(double weights, int bytes, int64_t rows) {
  double products = 2 * static_cast<double>(rows) / (product_rate() * 4 / bytes);
  return weights * std::max(bytes / bandwidth(), products);
}

ProductTime product_time(int64_t m, int64_t n, int64_t k, int64_t items) {
  Random random(1);
  Tensor x = Tensor::normal({items, m, k}, random), w = Tensor::normal({items, n, k}, random);
  Tensor y({items, m, n}), dx(x.shape()), dw(w.shape());
  auto time = [&](auto multiply) {
    return kernel_seconds([&] {
      parallel_items(items, [&](int64_t i, int64_t) {
        Tensor yi = y.select(0, i), dxi = dx.select(0, i), dwi = dw.select(0, i);
        multiply(x.select(0, i), w.select(0, i), yi, dxi, dwi);
      });
    });
  };
  using T = Tensor;
  double forward =
      time([](const T& x, const T& w, T& y, T&, T&) { gemm(1, x, w.transpose(), 0, y); });
  double to_input = time([](const T&, const T& w, T& y, T& dx, T&) { gemm(1, y, w, 0, dx); });
  double to_weight =
      time([](const T& x, const T&, T& y, T&, T& dw) { gemm(1, y.transpose(), x, 0, dw); });
  return {forward, to_input + to_weight};
}

void bench_rates() {
  print_heading("Reading 512 MiB; bound: the fastest of these");
  for (auto [streams, rate] : read_rates())
    print_row(fmt::format("{} stream{} for each thread", streams, streams == 1 ? "" : "s"),
              kReadBytes / rate, kReadBytes / bandwidth(), fmt::format("{:.1f} GB/s", rate / 1e9));
  print_heading(fmt::format("Matrix products; bound: multiply-adds in registers, {:.0f} GFLOP/s",
                            fma_rate() / 1e9));
  struct Size {
    int64_t m, n, k, items;
  };
  for (auto [m, n, k, items] : {Size{1024, 1024, 1024, 1},
                                {1024, 2048, 512, 1},
                                {1024, 512, 2048, 1},
                                {512, 32128, 512, 1},
                                {1024, 512, 128, 1},
                                {512, 64, 64, 1},
                                {64, 128, 64, 128},
                                {16, 16, 16, 256}})
    print_product(m, n, k, items);
  print_matrix_times_rows();
}

}  // namespace t5::bench
