// make bench: this machine's rates, and what a training step costs against its own lower bound.
//
// build/bench [--threads N] [--only WORK]…: rates, ops, tiny, mini, t5-small, tokens.
//
// The bound of a step is the time of its matrix products alone, each measured at its own size in
// this run; that of a token, the time to read the weights it needs once. Medians of several
// repetitions; the ratio is what to look at, absolute times are the machine's.

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <set>

#include "nn/optimizers/optimizer.h"
#include "t5/generation/generate.h"
#include "t5/model/directory.h"
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

// Returns the bandwidth of reading a matrix, bytes per second.
double bench_rates() {
  Random random(3);
  Tensor a = Tensor::normal({1024, 1024}, random), c({1024, 1024});
  double gemm_time = median_seconds(9, [&] { gemm(1, a, a, 0, c); });
  Tensor w = Tensor::normal({32128, 512}, random), x = Tensor::normal({1, 512}, random),
         y({1, 32128});
  double gemv_time = median_seconds(9, [&] { gemm(1, x, w.transpose(), 0, y); });
  fmt::print("GEMM 1024^3        {:>8.0f} GFLOP/s\n", 2.0 * 1024 * 1024 * 1024 / gemm_time / 1e9);
  double bandwidth = 32128.0 * 512 * sizeof(real) / gemv_time;
  fmt::print("GEMV 32128 x 512   {:>8.1f} GB/s\n", bandwidth / 1e9);
  return bandwidth;
}

// Rows of tokens that all go on to the end: eos cannot be chosen before.
GenerationOptions long_answers(int64_t tokens, int64_t beams) {
  GenerationOptions options;
  options.max_new_tokens = options.min_new_tokens = tokens;
  options.num_beams = beams;
  return options;
}

std::vector<Ids> random_inputs(int64_t count, int64_t length, const Config& config) {
  Random random(4);
  std::vector<Ids> inputs(count);
  for (Ids& input : inputs) {
    for (int64_t i = 1; i < length; ++i)
      input.push_back(2 + static_cast<Id>(random.below(config.vocab_size - 2)));
    input.push_back(1);
  }
  return inputs;
}

// The bytes of the weights that a step of generation reads: the decoder without its
// cross-attention's k and v, and the head.
double token_bytes(const Config& c, double bytes_per_weight) {
  int64_t inner = c.num_heads * c.d_kv;
  int64_t layer = (4 + 2) * inner * c.d_model + (c.gated ? 3 : 2) * c.d_ff * c.d_model;
  return bytes_per_weight *
         static_cast<double>(c.num_decoder_layers * layer + c.vocab_size * c.d_model);
}

// One step of generation at the shape of t5-small, 64 tokens in, 128 out.
void bench_tokens(const std::string& precision, double bandwidth) {
  std::string directory = "build/bench-t5-small";
  if (!Weights::exist(directory)) save_model(*make_model(preset_config("t5-small"), 1), directory);
  if (precision != "float32") {
    std::string packed = directory + "-" + precision;
    if (!Weights::exist(packed))
      convert_model(directory, packed, {false, precision == "int8" ? DType::I8 : DType::BF16});
    directory = packed;
  }
  auto model = load_predictor(directory);
  double bound = token_bytes(model->config(), precision == "float32"    ? 4
                                              : precision == "bfloat16" ? 2
                                                                        : 1) /
                 bandwidth;
  for (auto [batch, beams] : {std::pair{1, 1}, {16, 1}, {1, 4}, {16, 4}}) {
    auto inputs = random_inputs(batch, 64, model->config());
    auto run = [&](int64_t tokens) {
      return seconds([&] { generate(*model, inputs, long_answers(tokens, beams)); });
    };
    run(2);
    std::vector<double> times;
    for (int i = 0; i < 3; ++i) times.push_back((run(128) - run(1)) / 127);
    std::sort(times.begin(), times.end());
    fmt::print(
        "{:<9} batch {:>2} beams {}  {:>8.2f} ms a token   weights once {:>6.2f} ms   ratio "
        "{:>5.2f}\n",
        precision, batch, beams, 1e3 * times[1], 1e3 * bound, times[1] / bound);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::set<std::string> only;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string(argv[i]) == "--threads")
      set_thread_count(std::atoi(argv[i + 1]));
    else
      only.insert(argv[i + 1]);
  }
  auto wanted = [&](const char* work) { return only.empty() || only.contains(work); };
  fmt::print("{}, {} kernels, {} threads\n", blas_version(), blas_core(), thread_count());
  double bandwidth = bench_rates();
  fmt::print("\nTraining step: forward, backward, clipping, AdamW, dropout 0.1\n");
  if (wanted("tiny")) bench_step("tiny", laptop("tiny", 256), 32, 16, 16, 41);
  if (wanted("mini")) bench_step("mini", laptop("mini", 2048), 32, 32, 32, 21);
  if (wanted("t5-small")) bench_step("t5-small", preset_config("t5-small"), 8, 128, 64, 7);
  if (!wanted("tokens")) return 0;
  fmt::print("\nGeneration: one step of all rows, t5-small, 64 tokens in, 128 out\n");
  for (const char* precision : {"float32", "bfloat16", "int8"}) bench_tokens(precision, bandwidth);
}
