// Chapter 03: one derivative by four methods, the error of finite differences against the step, the
// cost of forward and reverse mode, and a curve fitted with the scalar tape.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <numbers>
#include <string>

#include "t5/report/chart.h"
#include "tutorials/03-gradients/drawing.h"
#include "tutorials/03-gradients/network.h"
#include "tutorials/03-gradients/scalar.h"

using namespace t5;

namespace {

void write(const std::string& path, const Chart& chart) {
  std::ofstream(path) << chart_svg(chart);
  fmt::print("  drawn: {}\n", path.substr(path.rfind('/') + 1));
}

// f(x) = e^x tanh x for numbers and for Scalars alike, and its derivative on paper.
template <class Number>
Number f(const Number& x) {
  using std::exp, std::tanh;
  return exp(x) * tanh(x);
}
double slope_on_paper(double x) {
  double t = std::tanh(x);
  return std::exp(x) * (t + 1 - t * t);
}

void four_methods() {
  const double x0 = 1, h = 1e-5;
  Scalar x = x0, y = f(x);
  y.backward();
  fmt::print("1. the derivative of e^x tanh x at 1\n");
  fmt::print("  on paper            {:.12f}\n", slope_on_paper(x0));
  fmt::print("  central difference  {:.12f}   step 1e-5\n", (f(x0 + h) - f(x0 - h)) / (2 * h));
  fmt::print("  forward mode        {:.12f}\n", tangent(y, x));
  fmt::print("  reverse mode        {:.12f}\n", x.grad());
}

// The relative errors of a forward or a central difference, for steps from 1 down, computed in
// `Number`.
template <class Number>
std::vector<ChartPoint> errors(bool central, double smallest) {
  std::vector<ChartPoint> points;
  const Number x = 1;
  for (double power = smallest; power <= 0; power += 0.25) {
    Number h = static_cast<Number>(std::pow(10, power));
    Number above = x + h, below = central ? x - h : x;
    double slope = static_cast<double>((f(above) - f(below)) / (above - below));
    double error = std::abs(slope / slope_on_paper(1) - 1);
    if (std::isfinite(error)) points.push_back({std::pow(10, power), std::max(error, 1e-13)});
  }
  return points;
}

void error_curve(const std::string& folder) {
  const auto kMarked = ChartSeries::Style::kMarked;
  Chart chart{"Error of a difference quotient against its step", "step h", "relative error", {}};
  chart.log_x = chart.log_y = true;
  chart.series = {{"forward, double", errors<double>(false, -15), kMarked},
                  {"central, double", errors<double>(true, -15), kMarked},
                  {"forward, float", errors<float>(false, -7), kMarked},
                  {"central, float", errors<float>(true, -7), kMarked}};
  fmt::print("\n2. the best step for a finite difference\n");
  for (const ChartSeries& series : chart.series) {
    auto best = *std::min_element(series.points.begin(), series.points.end(),
                                  [](auto a, auto b) { return a.y < b.y; });
    fmt::print("  {:16} h = 1e{:<6} error {:.0e}\n", series.name, std::log10(best.x), best.y);
  }
  write(folder + "/error.svg", chart);
}

constexpr int kPoints = 32;
double place(int i) { return 4.0 * i / (kPoints - 1) - 2; }  // -2 … 2
double target(double x) { return std::sin(std::numbers::pi * x) * std::exp(-x * x / 2); }

Scalar loss_of(const Network& network) {
  Scalar total = 0;
  for (int i = 0; i < kPoints; ++i) {
    Scalar gap = network(place(i)) - target(place(i));
    total = total + gap * gap;
  }
  return total / kPoints;
}

void costs() {
  using Clock = std::chrono::steady_clock;
  auto micro = [](auto time) {
    return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  };
  fmt::print("\n3. all derivatives of one loss: time, in microseconds\n");
  fmt::print("  parameters   nodes  one run  reverse mode  forward mode\n");
  for (int width : {2, 8, 32}) {
    Network network(width);
    auto start = Clock::now();
    Scalar loss = loss_of(network);
    auto built = Clock::now();
    loss.backward();
    auto reversed = Clock::now();
    double gap = 0;
    for (const Scalar& p : network.parameters())
      gap = std::max(gap, std::abs(p.grad() - tangent(loss, p)));
    auto done = Clock::now();
    fmt::print("  {:10} {:7} {:8} {:13} {:13}   they differ by at most {:.0e}\n", 3 * width,
               inputs_first(loss.node()).size(), micro(built - start), micro(reversed - built),
               micro(done - reversed), gap);
  }
}

void fit(const std::string& folder) {
  Network network(8);
  auto curve = [&](const std::string& name) {
    ChartSeries series{name, {}};
    for (double x = -2; x <= 2.001; x += 0.05) series.points.push_back({x, network(x).value()});
    return series;
  };
  ChartSeries before = curve("before");
  fmt::print("\n4. a network of 24 parameters, fitted by gradient descent\n");
  for (int step = 0; step <= 3000; ++step) {
    Scalar loss = loss_of(network);
    if (step % 1000 == 0) fmt::print("  step {:4}  loss {:.6f}\n", step, loss.value());
    loss.backward();
    for (Scalar& p : network.parameters()) p.set_value(p.value() - 0.2 * p.grad());
  }
  ChartSeries data{"the points", {}, ChartSeries::Style::kPoints};
  for (int i = 0; i < kPoints; ++i) data.points.push_back({place(i), target(place(i))});
  write(folder + "/fit.svg",
        {"A network fitted with the scalar tape", "x", "y", {curve("after"), before, data}});
}

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : ".";
  std::ofstream(folder + "/slopes.svg") << slopes_svg();
  four_methods();
  error_curve(folder);
  costs();
  fit(folder);
}
