// Chapter 05: what bends are good for, parameters with names, what the size of their first values
// does, and a spiral classified by three linear layers. Usage: 05-layers OUTPUT_DIR
#include <fmt/core.h>

#include "t5/files/atomic_file.h"
#include "t5/report/chart.h"
#include "t5/report/svg.h"
#include "tutorials/05-layers/spiral.h"

using namespace t5;
using namespace t5::tutorial;

namespace {

// Three features of one number x, and their sum.
void draw_bends(const std::string& output) {
  Chart chart{"Three relus and their sum", "x", "y", {}};
  for (const char* name : {"relu(x)", "-2 relu(x - 1)", "relu(x - 2)", "their sum"})
    chart.series.push_back({name, {}});
  for (double x = -1; x <= 3.0001; x += 0.05) {
    double features[] = {std::max(x, 0.0), -2 * std::max(x - 1, 0.0), std::max(x - 2, 0.0)};
    for (size_t i = 0; i < 3; ++i) chart.series[i].points.push_back({x, features[i]});
    chart.series[3].points.push_back({x, features[0] + features[1] + features[2]});
  }
  write_file(output + "/bends.svg", chart_svg(chart));
}

double root_mean_square(const Tensor& x) {
  return std::sqrt(squared_norm(x) / static_cast<double>(x.size()));
}

void show_parameters() {
  Parameters parameters(random_source(1));
  Mlp mlp(Scope(parameters) / "mlp", 64, 1);
  fmt::print("{:16}{:>10}{:>22}\n", "name", "shape", "root mean square");
  for (const Parameter& p : parameters.all())
    fmt::print("{:16}{:>10}{:>22.3f}\n", p.name, to_string(p.var.shape()),
               root_mean_square(p.var.value()));
  fmt::print("{} numbers in all\n\n", parameters.element_count());
}

// The size of 256 features after 1, 5 and 10 linear layers, and that of the gradient that comes
// back through them.
void show_signal_sizes() {
  fmt::print("{:24}{:>9}{:>9}{:>10}{:>16}\n", "deviation of the weights", "layer 1", "layer 5",
             "layer 10", "gradient of x");
  for (double factor : {0.5, 1.0, 2.0}) {
    Parameters parameters(random_source(2));
    Random random(3);
    Var x(Tensor::normal({100, 256}, random), true), y = x;
    fmt::print("{:24}", fmt::format("{} / sqrt(fan-in)", factor));
    for (int layer = 1; layer <= 10; ++layer) {
      y = Linear(Scope(parameters) / layer, 256, 256, factor / 16)(y);
      if (layer == 1 || layer == 5 || layer == 10)
        fmt::print("{:>{}.3g}", root_mean_square(y.value()), layer == 10 ? 10 : 9);
    }
    y.backward(Tensor::normal({100, 256}, random));
    fmt::print("{:>16.3g}\n", root_mean_square(x.grad()));
  }
  fmt::print("\n");
}

// Plain gradient descent on all points at once: w -= rate * dw. Returns the loss of every step.
std::vector<ChartPoint> train(const auto& network, Parameters& parameters, const Spiral& spiral,
                              int steps, real rate) {
  std::vector<ChartPoint> losses;
  for (int step = 0; step < steps; ++step) {
    Var loss = cross_entropy(network(Var(spiral.x)), spiral.labels);
    loss.backward();
    for (Parameter& p : parameters.all())
      update([=](real w, real dw) { return w - rate * dw; }, p.var.mutable_value(), p.var.grad());
    parameters.zero_grad();
    losses.push_back({static_cast<double>(step), loss.item()});
  }
  return losses;
}

// The plane in the colours of the arm that the network sees there, and the points it learnt from.
std::string regions_svg(const Mlp& mlp, const Spiral& spiral) {
  constexpr int kCells = 120, kSize = 480;
  constexpr double kReach = 1.25, kCell = double(kSize) / kCells;
  constexpr const char* kPale[] = {"#c5dcf2", "#fbd9bd", "#c3ece2"};
  Tensor plane({kCells * kCells, kInputs});
  for (int cell = 0; cell < kCells * kCells; ++cell) {
    real* x = plane.mutable_data() + cell * kInputs;
    x[0] = static_cast<real>(kReach * (2 * (cell % kCells + 0.5) / kCells - 1));
    x[1] = static_cast<real>(kReach * (1 - 2 * (cell / kCells + 0.5) / kCells));
    x[2] = 1;
  }
  NoGrad no_grad;
  Ids seen = argmax(mlp(Var(plane)).value());
  std::string svg;
  for (int arm = 0; arm < kArms; ++arm) {
    svg += fmt::format("<path fill=\"{}\" shape-rendering=\"crispEdges\" d=\"", kPale[arm]);
    for (int cell = 0, end; cell < kCells * kCells; cell = end) {  // a run of equal cells in a row
      for (end = cell + 1; end % kCells != 0 && seen[end] == seen[cell];) ++end;
      if (seen[cell] == arm)
        svg +=
            fmt::format("M{:g},{:g}h{:g}v{:g}h{:g}z", cell % kCells * kCell, cell / kCells * kCell,
                        (end - cell) * kCell, kCell, (cell - end) * kCell);
    }
    svg += "\"/>\n";
  }
  for (int64_t i = 0; i < spiral.x.dim(0); ++i)
    svg += svg_mark(static_cast<size_t>(spiral.labels[i]),
                    (spiral.x.at({i, 0}) / kReach + 1) * kSize / 2,
                    (1 - spiral.x.at({i, 1}) / kReach) * kSize / 2);
  return svg_picture(kSize, kSize, "Decision regions of the spiral", svg);
}

void classify_spiral(const std::string& output) {
  const Spiral spiral = make_spiral(100, 0.03, 4), unseen = make_spiral(300, 0.03, 5);
  Chart chart{"Plain gradient descent on the spiral", "step", "loss", {}, true};
  fmt::print("{:24}{:>9}{:>9}{:>17}\n", "deviation of the weights", "loss", "seen",
             "unseen points");
  for (double factor : {0.2, 1.0, 3.0}) {
    Parameters parameters(random_source(6));
    Mlp mlp(Scope(parameters) / "mlp", 64, factor);
    std::string name = fmt::format("{} / sqrt(fan-in)", factor);
    chart.series.push_back({name, train(mlp, parameters, spiral, 2000, real(0.3))});
    fmt::print("{:24}{:>9.4f}{:>8.1f}%{:>16.1f}%\n", name, chart.series.back().points.back().y,
               100 * accuracy(mlp, spiral), 100 * accuracy(mlp, unseen));
    if (factor == 1) write_file(output + "/regions.svg", regions_svg(mlp, spiral));
  }
  write_file(output + "/loss.svg", chart_svg(chart));
  Parameters parameters(random_source(6));
  Mlp mlp(Scope(parameters) / "mlp", 64, 1);
  auto straight = [&mlp](const Var& x) { return mlp.wo(mlp.wh(mlp.wi(x))); };
  double loss = train(straight, parameters, spiral, 2000, real(0.3)).back().y;
  fmt::print("{:24}{:>9.4f}{:>8.1f}%{:>16.1f}%\n", "without relu", loss,
             100 * accuracy(straight, spiral), 100 * accuracy(straight, unseen));
}

}  // namespace

int main(int argc, char** argv) try {
  check(argc == 2, "usage: 05-layers OUTPUT_DIR");
  set_thread_count(1);  // a step is too small to be worth sharing
  draw_bends(argv[1]);
  show_parameters();
  show_signal_sizes();
  classify_spiral(argv[1]);
} catch (const Error& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 1;
}
