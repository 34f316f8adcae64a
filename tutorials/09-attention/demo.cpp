// Chapter 09: what attention does, what it costs, and a sequence reversed by one layer of it.
// Usage: 09-attention OUTPUT_DIR
#include <fmt/core.h>

#include <chrono>
#include <cmath>

#include "autograd/reference.h"
#include "nn/optimizers/optimizer.h"
#include "nn/schedule.h"
#include "t5/files/atomic_file.h"
#include "t5/report/chart.h"
#include "t5/report/heat_map.h"
#include "tutorials/09-attention/drawing.h"
#include "tutorials/09-attention/reverser.h"

using namespace t5;
using namespace t5::tutorial;

namespace {

constexpr int64_t kSteps = 300;

// From a directory of numbers to a soft one: the same query, asked more and more loudly.
void show_lookup(const std::string& output) {
  Var keys(Tensor::from({3, 2}, {1, 0, 0, 1, real(0.8), real(0.6)}));
  Var values(Tensor::from({3, 1}, {10, 20, 30}));
  auto weights = [&](real c) {
    return softmax(matmul(Var(Tensor::from({1, 2}, {c, 0})), transpose(keys)));
  };
  fmt::print("A soft lookup: keys (1, 0), (0, 1), (0.8, 0.6) hold 10, 20, 30; query (c, 0)\n");
  for (real c : {0, 1, 4, 16, 64}) {
    Var p = weights(c);
    fmt::print("  c = {:2}   weights {:.3f} {:.3f} {:.3f}   result {:.2f}\n", c,
               p.value().at({0, 0}), p.value().at({0, 1}), p.value().at({0, 2}),
               matmul(p, values).item());
  }
  Chart chart{"A soft lookup", "length c of the query (c, 0)", "weight", {}};
  chart.series = {
      {"key (1, 0), value 10", {}}, {"key (0, 1), value 20", {}}, {"key (0.8, 0.6), value 30", {}}};
  for (double c = 0; c <= 20; c += 0.25)
    for (int64_t j = 0; j < 3; ++j)
      chart.series[j].points.push_back({c, weights(static_cast<real>(c)).value().at({0, j})});
  write_file(output + "/lookup.svg", chart_svg(chart));
}

// The largest of 32 weights, in the mean, and the deviation of scores, when q's parameters are
// drawn with a deviation and scores are multiplied by a scale.
void show_scores(const char* name, double deviation, real factor) {
  const int64_t M = 512, D = 64, tokens = 32;
  Random random(1);
  Tensor x = Tensor::normal({tokens, M}, random);
  Var q = linear(Var(x), Var(Tensor::normal({D, M}, random, static_cast<real>(deviation))));
  Var k = linear(Var(x), Var(Tensor::normal({D, M}, random, real(1 / std::sqrt(M)))));
  Var scores = matmul(q, transpose(k)) * factor;
  double spread = std::sqrt(mean(square(scores)).item());
  fmt::print("  {:<44}  scores {:5.2f}   largest weight {:.2f}\n", name, spread,
             mean(maximum(softmax(scores), -1)).item());
}

// The most bytes alive during a forward and a backward pass over T tokens, 8 heads of 64.
int64_t peak_bytes(int64_t T, bool tiled) {
  Random random(2);
  Segments one({T});
  Var x(Tensor::normal({T, 512}, random), true);
  int64_t before = memory_statistics().live_bytes;
  reset_peak_memory();
  auto* attend = tiled ? attention : reference::attention;
  sum(attend(x, x, x, Var(), {8, one, one}, {})).backward();
  return memory_statistics().peak_bytes - before;
}

void show_memory(const std::string& output) {
  Chart chart{"Memory of attention, 8 heads of 64", "tokens T", "MB at the peak", {}};
  chart.series = {{"from simple ops", {}, ChartSeries::Style::kMarked},
                  {"in tiles", {}, ChartSeries::Style::kMarked}};
  fmt::print("\nMemory at the peak, MB:    T  simple ops   tiles\n");
  for (int64_t T : {64, 128, 256, 512, 1024}) {
    double simple = static_cast<double>(peak_bytes(T, false)) / 1e6;
    double tiles = static_cast<double>(peak_bytes(T, true)) / 1e6;
    fmt::print("{:28}  {:10.1f}  {:6.1f}\n", T, simple, tiles);
    chart.series[0].points.push_back({static_cast<double>(T), simple});
    chart.series[1].points.push_back({static_cast<double>(T), tiles});
  }
  write_file(output + "/memory.svg", chart_svg(chart));
}

// Each place of the output is a row, each place that it looks at a column.
void draw_map(const Reverser& model, const char* title, const std::string& path) {
  const Ids word{0, 19, 19, 4, 13, 19, 8, 14, 13};
  int64_t n = static_cast<int64_t>(word.size());
  Var x = model.embed(word, Segments({n}));
  Var weights = softmax(matmul(model.attention.q(x), transpose(model.attention.k(x))));
  HeatMap map{title, "letters of the input", "letters of the output", {}, {}, {}};
  Ids out = argmax(model(word, Segments({n})).value());
  for (Id id : word) map.columns.push_back(as_text({id}));
  for (Id id : out) map.rows.push_back(as_text({id}));
  for (real weight : weights.value().to_vector()) map.values.push_back(weight);
  fmt::print("{} -> {}\n", as_text(word), as_text(out));
  write_file(path, heat_map_svg(map));
}

void train_reverser(const std::string& output) {
  Parameters parameters(random_source(9));
  Reverser model{Scope(parameters)};
  auto optimizer = make_adamw(parameters);
  Schedule schedule{Schedule::kLinear, 3e-3, 0, kSteps};
  Random random(10);
  Words test = draw_words(1000, random.fork(0));
  fmt::print("\nReversing words of 4 to 12 letters: {} parameters\n", parameters.element_count());
  draw_map(model, "Before training", output + "/before.svg");
  auto start = std::chrono::steady_clock::now();
  double share = 0;
  for (int64_t step = 1; step <= kSteps; ++step) {
    Words words = draw_words(64, random.fork(static_cast<uint64_t>(step)));
    Var loss = cross_entropy(model(words.letters, words.lengths), words.reversed);
    loss.backward();
    optimizer->step(schedule.rate(step - 1));
    parameters.zero_grad();
    if (step % (step <= 40 ? 10 : 100) != 0 && step != 1) continue;
    share = exact_share(model, test);
    fmt::print("  step {:4}   loss {:6.4f}   new words reversed {:5.1f} %\n", step, loss.item(),
               100 * share);
  }
  std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  fmt::print("{:.1f} s\n", seconds.count());
  draw_map(model, "After training", output + "/after.svg");
  check(share >= 0.95, "only {:.1f} % of new words are reversed; 95 % are expected", 100 * share);
}

}  // namespace

int main(int argc, char** argv) try {
  check(argc == 2, "usage: 09-attention OUTPUT_DIR");
  set_thread_count(1);  // products this small are not worth a second thread
  show_lookup(argv[1]);
  write_file(std::string(argv[1]) + "/heads.svg", heads_svg());
  write_file(std::string(argv[1]) + "/tiles.svg", tiles_svg(150));
  fmt::print("\nScores of a head before training, M = 512, D = 64\n");
  show_scores("q drawn as k, no division", 1 / std::sqrt(512), 1);
  show_scores("q drawn as k, divided by sqrt(D)", 1 / std::sqrt(512), real(1) / 8);
  show_scores("T5: no division, q drawn 1 / sqrt(D) smaller", 1 / std::sqrt(512.0 * 64), 1);
  show_memory(argv[1]);
  train_reverser(argv[1]);
} catch (const t5::Error& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 1;
}
