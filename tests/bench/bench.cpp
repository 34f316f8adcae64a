// make bench: this machine's rates, and what a training step costs against its own lower bound.
//
// The bound of a step is the time of its matrix products alone, each measured at its own size in
// this run. Medians of several repetitions; the ratio is what to look at, absolute times are the
// machine's.

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "nn/optimizers/optimizer.h"
#include "t5/train/gradients.h"
#include "tensor/ops/blas.h"
#include "tensor/ops/matmul.h"
#include "tensor/parallel.h"

using namespace t5;

namespace {

double seconds(const std::function<void()>& work) {
  auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median_seconds(int repetitions, const std::function<void()>& work) {
  work();  // warm
  std::vector<double> times;
  for (int i = 0; i < repetitions; ++i) times.push_back(seconds(work));
  std::nth_element(times.begin(), times.begin() + repetitions / 2, times.end());
  return times[repetitions / 2];
}

struct Product {
  int64_t m, n, k;
  double count;  // how often a step does it
};

// Every matrix product of a training step. Backward, each is done twice more, for the two operands.
std::vector<Product> step_products(const Config& c, int64_t batch, int64_t source, int64_t target) {
  int64_t inner = c.num_heads * c.d_kv, ff_in = c.gated ? 2 : 1;
  auto N = batch * source, K = batch * target;
  double e = static_cast<double>(c.num_layers), d = static_cast<double>(c.num_decoder_layers);
  double heads = static_cast<double>(batch * c.num_heads);
  return {{N, inner, c.d_model, 3 * e + 2 * d},
          {N, c.d_model, inner, e},
          {N, c.d_ff, c.d_model, e * static_cast<double>(ff_in)},
          {N, c.d_model, c.d_ff, e},
          {K, inner, c.d_model, 4 * d},
          {K, c.d_model, inner, 2 * d},
          {K, c.d_ff, c.d_model, d * static_cast<double>(ff_in)},
          {K, c.d_model, c.d_ff, d},
          {K, c.vocab_size, c.d_model, 1},
          {source, source, c.d_kv, 2 * e * heads},
          {target, target, c.d_kv, 2 * d * heads},
          {target, source, c.d_kv, 2 * d * heads}};
}

// Time of the forward product and both backward ones at one size. Small ones (attention's) run one
// per thread, as the library runs them.
double product_seconds(const Product& p) {
  Random random(1);
  int copies = p.m * p.n * p.k < (1 << 18) ? 64 : 1;
  Tensor x = Tensor::normal({copies, p.m, p.k}, random),
         w = Tensor::normal({copies, p.n, p.k}, random);
  Tensor y = Tensor::normal({copies, p.m, p.n}, random);
  auto run = [&] {
    matmul(x, w.transpose());
    matmul(y, w);
    matmul(y.transpose(), x);
  };
  return median_seconds(5, run) / copies * p.count;
}

void bench_step(const char* name, const Config& config, int64_t batch, int64_t source,
                int64_t target, int repetitions) {
  auto model = make_model(config, 1);
  auto optimizer = make_adamw(model->parameters());
  Random random(2);
  std::vector<TokenPair> pairs(batch);
  for (TokenPair& pair : pairs) {
    for (int64_t i = 0; i < source; ++i)
      pair.input.push_back(static_cast<Id>(random.below(config.vocab_size)));
    for (int64_t i = 0; i < target; ++i)
      pair.target.push_back(static_cast<Id>(random.below(config.vocab_size)));
  }
  BatchGradients gradients(*model);
  auto shares = gradients.split(pairs);
  CrossEntropyOptions objective{0, 0, batch * target};
  int64_t live_before = 0, live_after = 0;
  auto step = [&] {
    live_before = memory_statistics().live_bytes;
    gradients.backward(shares, {static_cast<real>(0.1), &random}, objective);
    double norm = model->parameters().gradient_norm();
    optimizer->step(1e-4, std::min(1.0, 1 / norm));
    model->parameters().zero_grad();
    live_after = memory_statistics().live_bytes;
  };
  reset_peak_memory();
  double time = median_seconds(repetitions, step), bound = 0, flops = 0;
  int64_t peak = memory_statistics().peak_bytes;
  for (const Product& p : step_products(config, batch, source, target)) {
    bound += product_seconds(p);
    flops += 6.0 * static_cast<double>(p.m * p.n * p.k) * p.count;
  }
  fmt::print(
      "{:<10} {:>9.1f} ms   products alone {:>9.1f} ms ({:>5.0f} GFLOP/s)   ratio {:>5.2f}   "
      "peak {:>6.0f} MB   live before {:.1f} MB, after {:.1f} MB\n",
      name, 1e3 * time, 1e3 * bound, flops / bound / 1e9, time / bound,
      static_cast<double>(peak) / 1e6, static_cast<double>(live_before) / 1e6,
      static_cast<double>(live_after) / 1e6);
}

Config laptop(const char* preset, int64_t vocabulary) {
  Config config = preset_config(preset);
  config.vocab_size = vocabulary;
  return config;
}

void bench_rates() {
  Random random(3);
  Tensor a = Tensor::normal({1024, 1024}, random), c({1024, 1024});
  double gemm_time = median_seconds(9, [&] { gemm(1, a, a, 0, c); });
  Tensor w = Tensor::normal({32128, 512}, random), x = Tensor::normal({1, 512}, random),
         y({1, 32128});
  double gemv_time = median_seconds(9, [&] { gemm(1, x, w.transpose(), 0, y); });
  fmt::print("GEMM 1024^3        {:>8.0f} GFLOP/s\n", 2.0 * 1024 * 1024 * 1024 / gemm_time / 1e9);
  fmt::print("GEMV 32128 x 512   {:>8.1f} GB/s\n", 32128.0 * 512 * sizeof(real) / gemv_time / 1e9);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) set_thread_count(std::atoi(argv[1]));
  fmt::print("{}, {} kernels, {} threads\n", blas_version(), blas_core(), thread_count());
  bench_rates();
  fmt::print("\nTraining step: forward, backward, clipping, AdamW, dropout 0.1\n");
  bench_step("tiny", laptop("tiny", 256), 32, 16, 16, 41);
  bench_step("mini", laptop("mini", 2048), 32, 32, 32, 21);
  bench_step("t5-small", preset_config("t5-small"), 8, 128, 64, 7);
}
