// The residual stream through 24 fresh blocks, forwards and backwards, with the norm in three
// places: before each sublayer (T5), after each sum (the first transformer), and nowhere.

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/shaping.h"
#include "t5/files/atomic_file.h"
#include "t5/report/chart.h"
#include "tutorials/11-encoder/adder.h"

using namespace t5;
using namespace t5::tutorial;

namespace {

constexpr int64_t kDepth = 24, kTokens = 48;

enum class Norm { kBefore, kAfter, kNowhere };

constexpr const char* kNames[] = {"norm before each sublayer (T5)", "norm after each sum",
                                  "no norm at all"};

Config stack_config() {
  Config config;
  config.d_model = 128, config.d_ff = 512, config.d_kv = 32, config.num_heads = 4;
  config.num_layers = kDepth;
  return config;
}

// The size of a tensor's numbers: sqrt(mean(x^2)).
double root_mean_square(const Tensor& x) {
  return std::sqrt(squared_norm(x) / static_cast<double>(x.size()));
}

// x plus what one sublayer makes of it.
template <class Sublayer>
Var add_sublayer(const Var& x, const RmsNorm& norm, Norm where, const Sublayer& sublayer) {
  if (where == Norm::kBefore) return x + sublayer(norm(x));
  Var sum = x + sublayer(x);
  return where == Norm::kAfter ? norm(sum) : sum;
}

Var block_output(const EncoderBlock& block, const Var& x, const Var& bias, Norm where) {
  const Segments tokens({kTokens});
  const AttentionLayer& self = block.self_attention;
  Var attended = add_sublayer(x, self.layer_norm, where, [&](const Var& in) {
    return self.attention(in, in, bias, {tokens, tokens}, {});
  });
  return add_sublayer(attended, block.feed_forward.layer_norm, where,
                      [&](const Var& in) { return block.feed_forward.feed_forward(in, {}); });
}

// How many of the kTokens softmaxes of a block's first head are decided, with a weight above 0.99.
// (The position bias is left out.)
double decided(const EncoderBlock& block, const Var& x, Norm where) {
  const auto& [norm, attention, bias] = block.self_attention;
  Var in = where == Norm::kBefore ? norm(x) : x;
  int64_t width = stack_config().d_kv;
  Var q = slice(attention.q(in), 1, 0, width), k = slice(attention.k(in), 1, 0, width);
  std::vector<real> largest = maximum(softmax(matmul(q, transpose(k))), -1).value().to_vector();
  return static_cast<double>(
      std::count_if(largest.begin(), largest.end(), [](real p) { return p > real(0.99); }));
}

// By depth: 0 is the embedding, d what block d gives. A softmax of depth d is one of block d + 1.
struct Sizes {
  std::vector<double> stream, gradient, decided;
};

Sizes measure(Norm where) {
  Config config = stack_config();
  Parameters parameters(random_source(11));
  Encoder encoder(Scope(parameters), config);
  Random random(12);
  Var bias = (*encoder.blocks[0].self_attention.bias)(kTokens, kTokens);
  // A probe is a leaf of zeros that is added to the stream: its gradient is the stream's there.
  std::vector<Var> probes;
  Var x(Tensor::normal({kTokens, config.d_model}, random));
  Sizes sizes;
  for (int64_t depth = 0; depth <= kDepth; ++depth) {
    if (depth > 0) x = block_output(encoder.blocks[depth - 1], x, bias, where);
    if (depth < kDepth) sizes.decided.push_back(decided(encoder.blocks[depth], x, where));
    sizes.stream.push_back(root_mean_square(x.value()));
    probes.emplace_back(Tensor::zeros(x.shape()), true);
    x = x + probes.back();
  }
  Var y = encoder.final_layer_norm(x);
  y.backward(Tensor::normal(y.shape(), random));
  for (const Var& probe : probes) sizes.gradient.push_back(root_mean_square(probe.grad()));
  return sizes;
}

void write_chart(const std::string& path, const char* title, const char* size,
                 const std::vector<Sizes>& all, std::vector<double> Sizes::*values) {
  Chart chart{title, "blocks passed", size, {}, true};
  for (size_t k = 0; k < all.size(); ++k) {
    ChartSeries series{kNames[k], {}, ChartSeries::Style::kMarked};
    for (size_t d = 0; d < (all[k].*values).size(); ++d)
      series.points.push_back({static_cast<double>(d), (all[k].*values)[d]});
    chart.series.push_back(series);
  }
  write_file(path, chart_svg(chart));
}

void print_table(const char* title, const std::vector<Sizes>& all,
                 std::vector<double> Sizes::*values) {
  fmt::print("{}\n{:>8}{:>16}{:>16}{:>16}\n", title, "depth", "before", "after", "nowhere");
  for (int64_t depth : {0, 1, 2, 4, 8, 12, 16, 20, 24}) {
    if (depth == std::ssize(all[0].*values)) break;
    fmt::print("{:>8}{:>16.3g}{:>16.3g}{:>16.3g}\n", depth, (all[0].*values)[depth],
               (all[1].*values)[depth], (all[2].*values)[depth]);
  }
  fmt::print("\n");
}

// The same stack with ever more of its parts, each from the same seeds, on the same sums.
void train_adders(const std::string& folder) {
  constexpr int64_t kSteps = 300;
  Chart chart{"Adding neighbours, part by part", "step", "loss", {}};
  fmt::print("each digit plus the one before, modulo 10: 4 blocks, {} steps\n", kSteps);
  for (const Parts& parts :
       {Parts{"attention alone", false, false, false}, Parts{"+ residual", true, false, false},
        Parts{"+ norm", true, true, false}, Parts{"+ feed-forward", true, true, true}}) {
    Trained trained = train_adder(parts, kSteps);
    chart.series.push_back({parts.name, smoothed(trained.losses, 5)});
    fmt::print("{:>18}   loss {:5.3f}   new sums right {:5.1f} %\n", parts.name,
               chart.series.back().points.back().y, 100 * trained.share);
  }
  write_file(folder + "/parts.svg", chart_svg(chart));
}

}  // namespace

int main(int argc, char** argv) {
  std::string folder = argc > 1 ? argv[1] : ".";
  std::vector<Sizes> all;
  for (Norm where : {Norm::kBefore, Norm::kAfter, Norm::kNowhere}) all.push_back(measure(where));
  print_table("size of the residual stream, by where the norm stands", all, &Sizes::stream);
  print_table("decided softmaxes of the next block, of 48", all, &Sizes::decided);
  print_table("size of the loss's gradient with respect to it", all, &Sizes::gradient);
  write_chart(folder + "/stream.svg", "The residual stream grows", "root mean square of the stream",
              all, &Sizes::stream);
  write_chart(folder + "/gradient.svg", "The gradient on its way back",
              "root mean square of the gradient", {all[0], all[1]}, &Sizes::gradient);
  train_adders(folder);
}
