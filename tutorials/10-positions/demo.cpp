// Chapter 10: attention without positions, T5's buckets, and what becomes of them on longer texts.
// Usage: 10-positions OUTPUT_DIR
#include <fmt/core.h>

#include "nn/optimizers/optimizer.h"
#include "nn/schedule.h"
#include "t5/files/atomic_file.h"
#include "t5/report/chart.h"
#include "t5/report/heat_map.h"
#include "tensor/ops/rows.h"
#include "tensor/parallel.h"
#include "tutorials/10-positions/shifter.h"

using namespace t5;
using namespace t5::tutorial;

namespace {

constexpr int64_t kSteps = 800, kTrained = 16;  // the longest text that training shows

double largest(const Tensor& a, const Tensor& b) {
  Tensor gap = map([](real p, real q) { return std::abs(p - q); }, a, b);
  return maximum(gap.reshape({gap.size()}), 0).item();
}

// Attention on rows in another order, against the rows of attention in that order.
void show_permutation() {
  Parameters parameters(random_source(1));
  MultiHeadAttention layer(Scope(parameters), 16, 2, 8, 1);
  RelativePositionBias bias(Scope(parameters) / "bias", 2, 32, 128, true, 1);
  Random random(2);
  Segments six({6});
  Tensor x = Tensor::normal({6, 16}, random);
  const Ids order{3, 0, 5, 1, 4, 2};
  auto gap = [&](const Var& biases) {
    auto y = [&](const Tensor& in) {
      return layer(Var(in), Var(in), biases, {six, six}, {}).value();
    };
    return largest(y(gather_rows(x, order)), gather_rows(y(x), order));
  };
  fmt::print("Six tokens in another order: the outputs are the old ones in that order, but for\n");
  fmt::print("  {:.6f} without positions\n  {:.6f} with a bias by distance\n\n", gap(Var()),
             gap(bias(6, 6)));
}

// The first distance of each bucket, on one side.
void show_buckets(const char* name, bool bidirectional) {
  fmt::print("{}, first distance of each bucket before the query:\n ", name);
  for (int64_t d = 0; d <= 200; ++d) {
    Id bucket = relative_position_bucket(-d, bidirectional, 32, 128);
    if (d == 0 || bucket != relative_position_bucket(1 - d, bidirectional, 32, 128))
      fmt::print(" {}:{}", bucket, d);
  }
  fmt::print("\n");
}

void draw_buckets(const std::string& output) {
  Chart chart{"T5's buckets", "distance: key position − query position", "bucket", {}};
  ChartSeries both{"encoder, both ways", {}}, back{"decoder, backwards only", {}};
  for (int64_t d = -140; d <= 140; ++d) {
    auto x = static_cast<double>(d);
    both.points.push_back({x, double(relative_position_bucket(d, true, 32, 128))});
    if (d <= 0) back.points.push_back({x, double(relative_position_bucket(d, false, 32, 128))});
  }
  chart.series = {both, back};
  write_file(output + "/buckets.svg", chart_svg(chart));

  const int64_t T = 16;
  HeatMap map{"The bucket of each query and key", "keys", "queries", {}, {}, {}, 0, 31};
  for (int64_t i = 0; i < T; ++i) {
    map.rows.push_back(fmt::format("{}", i));
    map.columns.push_back(fmt::format("{}", i));
    for (int64_t j = 0; j < T; ++j) {
      Id bucket = relative_position_bucket(j - i, true, 32, 128);
      map.values.push_back(bucket);
      map.texts.push_back(fmt::format("{}", bucket));
    }
  }
  write_file(output + "/matrix.svg", heat_map_svg(map));
}

Shifter train(Parameters& parameters, const Positions& positions) {
  Shifter model(Scope(parameters), positions);
  auto optimizer = make_adafactor(parameters);
  Schedule schedule{Schedule::kLinear, 0.1, 0, kSteps};
  Random random(3);
  for (int64_t step = 0; step < kSteps; ++step) {
    Texts texts = draw_texts(64, 4, kTrained, random.fork(static_cast<uint64_t>(step)));
    cross_entropy(model(texts.letters, texts.lengths), texts.labels).backward();
    optimizer->step(schedule.rate(step));
    parameters.zero_grad();
  }
  return model;
}

void show_lengths(const std::string& output) {
  const std::vector<Positions> kinds{{"no positions"},
                                     {"learned, absolute", true},
                                     {"relative, 32 buckets to 128", false, 32, 128},
                                     {"relative, 16 buckets to 16", false, 16, 16}};
  const std::vector<int64_t> lengths{8, 16, 24, 32, 48, 64, 96, 128};
  Chart chart{"Trained on 4 to 16 letters", "letters in the text", "letters right, %", {}};
  fmt::print("\nThe letter two places before, % right; trained on 4 to {} letters\n{:28}", kTrained,
             "");
  for (int64_t n : lengths) fmt::print("{:5}", n);
  std::vector<Parameters> parameters(kinds.size(), Parameters(random_source(4)));
  std::vector<std::optional<Shifter>> models(kinds.size());
  parallel_items(static_cast<int64_t>(kinds.size()),
                 [&](int64_t i, int64_t) { models[i] = train(parameters[i], kinds[i]); });
  for (size_t i = 0; i < kinds.size(); ++i) {
    const Shifter& model = *models[i];
    fmt::print("\n{:28}", kinds[i].name);
    ChartSeries series{kinds[i].name, {}, ChartSeries::Style::kMarked};
    for (int64_t n : lengths) {
      double share = 100 * right_share(model, draw_texts(100, n, n, Random(5)));
      fmt::print("{:5.0f}", share);
      series.points.push_back({static_cast<double>(n), share});
    }
    chart.series.push_back(series);
    if (!model.bias) continue;
    fmt::print("\n  bias of buckets 0 to {}:", kinds[i].buckets / 2 - 1);
    Tensor before = model.bias->weight.value().slice(0, 0, kinds[i].buckets / 2);
    for (real b : before.to_vector()) fmt::print(" {:.1f}", b);
  }
  fmt::print("\n");
  write_file(output + "/lengths.svg", chart_svg(chart));
}

}  // namespace

int main(int argc, char** argv) try {
  check(argc == 2, "usage: 10-positions OUTPUT_DIR");
  show_permutation();
  show_buckets("Encoder", true);
  show_buckets("Decoder", false);
  draw_buckets(argv[1]);
  show_lengths(argv[1]);
} catch (const t5::Error& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 1;
}
