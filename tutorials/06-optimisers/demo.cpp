// Chapter 06: five optimisers on the spiral of chapter 05, each at the best of its learning rates;
// then once more with the first layer in other units. Usage: 06-optimisers OUTPUT_DIR
#include <fmt/core.h>

#include "nn/optimizers/optimizer.h"
#include "nn/schedule.h"
#include "t5/files/atomic_file.h"
#include "t5/report/chart.h"
#include "tutorials/05-layers/spiral.h"
#include "tutorials/06-optimisers/valley.h"

using namespace t5;
using namespace t5::tutorial;

namespace {

constexpr int64_t kSteps = 500, kWarmup = 50, kWidth = 16;
constexpr int kRates = 8;  // for each optimiser, each three times the one before

struct Contestant {
  const char* name;
  std::unique_ptr<Optimizer> (*make)(Parameters&);
  double lowest;        // of the learning rates to try
  double max_norm = 0;  // of the gradients together; 0: they are not clipped
};

const std::vector<Contestant> kContestants{
    {"SGD", [](Parameters& p) { return make_sgd(p); }, 0.1, 1},
    {"SGD, momentum 0.9", [](Parameters& p) { return make_sgd(p, {.momentum = 0.9}); }, 0.01, 1},
    {"AdamW", [](Parameters& p) { return make_adamw(p); }, 1e-3},
    {"Adafactor, unscaled",
     [](Parameters& p) {
       return make_adafactor(p, {.scale_parameter = false, .min_factored_size = 16});
     },
     1e-3},
    {"Adafactor", [](Parameters& p) { return make_adafactor(p, {.min_factored_size = 16}); }, 0.01},
};

struct Run {
  double rate = 0, loss = HUGE_VAL;  // at the end
  int64_t state_size = 0;            // numbers that the optimiser keeps
  std::vector<ChartPoint> losses;
};

Run train(const Contestant& contestant, double rate, const Spiral& spiral, double unit) {
  Parameters parameters(random_source(6));
  Mlp mlp(Scope(parameters) / "mlp", kWidth, 1, unit);
  auto optimizer = contestant.make(parameters);
  Schedule schedule{Schedule::kLinear, rate, kWarmup, kSteps};
  Run run;
  run.rate = rate;
  for (int64_t step = 0; step < kSteps; ++step) {
    Var loss = cross_entropy(mlp(Var(spiral.x)), spiral.labels);
    loss.backward();
    double norm = parameters.gradient_norm(), limit = contestant.max_norm;
    optimizer->step(schedule.rate(step), limit > 0 && norm > limit ? limit / norm : 1);
    parameters.zero_grad();
    run.loss = loss.item();
    run.losses.push_back({static_cast<double>(step), run.loss});
  }
  for (const auto& [name, tensor] : optimizer->state()) run.state_size += tensor.size();
  return run;
}

// All five on the spiral with its inputs divided by `unit`, as one picture.
void race(double unit, const std::string& title, const std::string& path) {
  Spiral spiral = make_spiral(100, 0.03, 4);
  update([=](real v) { return v / static_cast<real>(unit); }, spiral.x);
  Chart chart{title, "step", "loss", {}, true};
  fmt::print("{}\n{:22}{:>10}{:>10}{:>12}\n", title, "optimiser", "best rate", "loss", "it keeps");
  for (const Contestant& contestant : kContestants) {
    Run best;
    for (int i = 0; i < kRates; ++i) {
      Run run = train(contestant, contestant.lowest * std::pow(3, i), spiral, unit);
      if (run.loss < best.loss) best = run;
    }
    fmt::print("{:22}{:>10.3g}{:>10.4f}{:>12}\n", contestant.name, best.rate, best.loss,
               best.state_size);
    chart.series.push_back({contestant.name, best.losses});
  }
  fmt::print("\n");
  write_file(path, chart_svg(chart));
}

void draw_schedules(const std::string& path) {
  Chart chart{"Learning rate schedules, 100 steps of warm-up", "step", "learning rate", {}};
  for (const char* name : {"constant", "linear", "cosine", "inverse_sqrt"}) {
    Schedule schedule{parse_schedule(name), 1, 100, 1000};
    chart.series.push_back({name, {}});
    for (int64_t step = 0; step <= 1000; step += 5)
      chart.series.back().points.push_back({static_cast<double>(step), schedule.rate(step)});
  }
  write_file(path, chart_svg(chart));
}

}  // namespace

int main(int argc, char** argv) try {
  check(argc == 2, "usage: 06-optimisers OUTPUT_DIR");
  set_thread_count(1);  // a step is too small to be worth sharing
  std::string output = argv[1];
  fmt::print("The network has {} parameters.\n\n",
             kInputs * kWidth + kWidth * kWidth + kWidth * kArms);
  race(1, "The spiral, five optimisers", output + "/spiral.svg");
  race(128, "The first layer's weights 128 times larger", output + "/units.svg");
  draw_schedules(output + "/schedules.svg");
  write_file(output + "/valley.svg", valley_svg());
} catch (const Error& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 1;
}
