// Whole training steps against their matrix products alone, and what they hold in memory.

#include <fmt/format.h>

#include <fstream>

#include "t5/model/directory.h"
#include "t5/train/dataset.h"
#include "t5/train/step.h"
#include "tests/bench/bench.h"

namespace t5::bench {
namespace {

TrainOptions recipe(double dropout, double rate) {
  TrainOptions options;
  options.optim = "adamw";
  options.learning_rate = rate;
  options.dropout_rate = dropout;
  return options;
}

// A batch of sequences of one length.
struct BatchShape {
  int64_t count, source, target;
};

std::vector<TokenPair> random_pairs(const Config& config, const BatchShape& shape) {
  Random random(2);
  auto ids = [&](int64_t length) {
    Ids result(length);
    for (Id& id : result) id = static_cast<Id>(random.below(config.vocab_size));
    return result;
  };
  std::vector<TokenPair> pairs(shape.count);
  for (TokenPair& pair : pairs) pair = {ids(shape.source), ids(shape.target)};
  return pairs;
}

// Every matrix product of a step: (m, k) x (n, k)', `count` times, with its two products backwards.
struct Product {
  int64_t m, n, k, items, count;
};

// Linear layers: one product, or one for each of `shares` replicas with its share of the rows.
// Attention: one for each head of each sequence.
std::vector<Product> step_products(const Config& c, const BatchShape& shape, int64_t shares) {
  int64_t inner = c.num_heads * c.d_kv, ff_in = c.gated ? 2 : 1, heads = shape.count * c.num_heads;
  int64_t N = shape.count * shape.source / shares, K = shape.count * shape.target / shares;
  int64_t e = c.num_layers, d = c.num_decoder_layers;
  return {{N, inner, c.d_model, shares, 3 * e + 2 * d},
          {N, c.d_model, inner, shares, e},
          {N, c.d_ff, c.d_model, shares, e * ff_in},
          {N, c.d_model, c.d_ff, shares, e},
          {K, inner, c.d_model, shares, 4 * d},
          {K, c.d_model, inner, shares, 2 * d},
          {K, c.d_ff, c.d_model, shares, d * ff_in},
          {K, c.d_model, c.d_ff, shares, d},
          {K, c.vocab_size, c.d_model, shares, 1},
          {shape.source, shape.source, c.d_kv, heads, 2 * e},
          {shape.target, shape.target, c.d_kv, heads, 2 * d},
          {shape.target, shape.source, c.d_kv, heads, 2 * d}};
}

// The most memory that the process ever held: a line of /proc, which Linux can be asked to reset.
void reset_process_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }
double process_peak_megabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) * 1024 / 1e6;
  return 0;
}

double megabytes(int64_t bytes) { return static_cast<double>(bytes) / 1e6; }

void bench_step(const std::string& name, const Config& config, const BatchShape& shape) {
  release_free_memory();
  reset_peak_memory();
  reset_process_peak();
  auto model = make_model(config, 1);
  TrainStep step(*model, recipe(0.1, 1e-4));
  auto pairs = random_pairs(config, shape);
  auto shares = std::ssize(BatchGradients(*model).split(pairs));
  int64_t number = 0, live_before = 0, live_after = 0;
  auto take = [&] {
    live_before = memory_statistics().live_bytes;
    step.take(number++, {pairs});
    live_after = memory_statistics().live_bytes;
  };
  take();
  double time = median_seconds(2, [&] { return seconds(take); });
  double process_peak = process_peak_megabytes(), bound = 0, operations = 0;
  int64_t peak = memory_statistics().peak_bytes;
  for (const Product& p : step_products(config, shape, shares)) {
    auto count = static_cast<double>(p.count);
    bound += count * product_time(p.m, p.n, p.k, p.items).total();
    operations += 6 * count * static_cast<double>(p.items * p.m * p.n * p.k);
  }
  print_heading("Training step, dropout 0.1, AdamW; bound: products");
  print_row(fmt::format("{}, {} x {}/{}", name, shape.count, shape.source, shape.target), time,
            bound, fmt::format("products at {:.0f} GFLOP/s", operations / bound / 1e9));
  fmt::print(
      "  MB: peak of tensors {:.1f}, of the process {:.1f}; live before {:.1f}, after {:.1f}\n",
      megabytes(peak), process_peak, megabytes(live_before), megabytes(live_after));
}

Config laptop(const char* preset, int64_t vocabulary) {
  Config config = preset_config(preset);
  config.vocab_size = vocabulary;
  return config;
}

// The most that tensors take beyond weights and gradients while one sequence goes through the
// encoder and back.
int64_t encoder_bytes(const Model& model, int64_t length) {
  Ids ids(length, 5);
  Segments segments({length});
  Random random(3);
  auto pass = [&] {
    Var states = model.encode(ids, segments, {real(0.1), &random});
    states.backward(Tensor::full(states.shape(), 1));
  };
  pass();  // the gradients exist
  int64_t before = memory_statistics().live_bytes;
  reset_peak_memory();
  pass();
  return memory_statistics().peak_bytes - before;
}

}  // namespace

void bench_tiny() { bench_step("tiny", laptop("tiny", 256), {32, 16, 16}); }
void bench_mini() { bench_step("mini", laptop("mini", 2048), {32, 32, 32}); }
void bench_t5_small() { bench_step("t5-small", preset_config("t5-small"), {8, 128, 64}); }

void bench_length() {
  auto model = make_model(preset_config("t5-small"), 1);
  int64_t shorter = encoder_bytes(*model, 1024), longer = encoder_bytes(*model, 2048);
  fmt::print(
      "\nEncoder of t5-small, forward and backward, MB beyond weights and gradients\n"
      "1024 tokens {:.1f}, 2048 tokens {:.1f}, growth {:.2f}\n",
      megabytes(shorter), megabytes(longer),
      static_cast<double>(longer) / static_cast<double>(shorter));
}

// One pass over 2,000 sentence pairs in the order of the file, 32 at a time, without dropout.
void bench_corpus(const std::string& build) {
  std::string directory = build + "/peers/mini";
  auto model = load_model(directory);
  auto examples = read_examples(build + "/peers/corpus/train.tsv");
  examples.resize(2000);
  auto pairs = tokenize(examples, *load_tokenizer(directory), model->config());
  TrainStep step(*model, recipe(0, 1e-3));
  int64_t number = 0;
  auto pass = [&] {
    double loss = 0;
    int64_t batches = 0;
    for (size_t i = 0; i < pairs.size(); i += 32, ++batches) {
      auto end = std::min(i + 32, pairs.size());
      std::vector<TokenPair> batch(pairs.begin() + i, pairs.begin() + end);
      loss += step.take(number++, {std::move(batch)}).loss;
    }
    return loss / static_cast<double>(batches);
  };
  double loss = pass();
  double time = median_seconds(2, [&] { return seconds(pass); });
  fmt::print("\ncorpus, one pass over 2000 pairs, ms {:.1f}, mean loss of the first {:.5f}\n",
             1e3 * time, loss);
}

}  // namespace t5::bench
