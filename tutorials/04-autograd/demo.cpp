// Chapter 04: a backward walk, turn by turn; a small network on the tape: its graph drawn, its
// gradients; memory while backward runs; a chain of 200,000 ops; backward called twice.
#include <fmt/core.h>

#include <chrono>
#include <fstream>
#include <string>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/shaping.h"
#include "autograd/tools/grad_check.h"
#include "autograd/tools/graph.h"
#include "t5/report/chart.h"
#include "tutorials/04-autograd/walk.h"

using namespace t5;

namespace {

void write(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
  fmt::print("  drawn: {}\n", path.substr(path.rfind('/') + 1));
}

std::string numbers(const Tensor& x) {
  std::string text;
  for (real v : x.to_vector()) text += fmt::format("{}{:.4f}", text.empty() ? "" : ", ", v);
  return fmt::format("{} [{}]", x.shape(), text);
}

// One layer and a loss: mean of (tanh(x w + b) - target)^2, with w used by a penalty as well.
Var network(const Var& x, const Var& target, const Var& w, const Var& b) {
  Var y = tanh(matmul(x, w) + b);  // (4, 3) x (3, 2) + (2) -> (4, 2)
  return mean(square(y - target)) + mean(square(w)) * real(0.1);
}

void walk(const std::string& folder) {
  Walk walk = napkin_walk();
  fmt::print("1. a walk for a napkin: u = 2w, L = sum(u x) + u, w = 3, x = (1, 2)\n");
  for (size_t i = 1; i < walk.turns.size(); ++i)
    fmt::print("  {}: its gradient is {}\n", walk.nodes[walk.turns[i].node - 1].formula,
               walk.turns[i].gradients[walk.turns[i].node - 1]);
  write(folder + "/walk.svg", walk_svg(walk, walk.turns.back()));
  for (size_t i = 0; i < walk.turns.size(); ++i)
    std::ofstream(fmt::format("{}/walk-{}.svg", folder, i + 1)) << walk_svg(walk, walk.turns[i]);
}

void graph_and_gradients(const std::string& folder) {
  Random random(1);
  Var x(Tensor::normal({4, 3}, random)), target(Tensor::normal({4, 2}, random));
  Var w(Tensor::normal({3, 2}, random), true), b(Tensor::zeros({2}), true);
  Var loss = network(x, target, w, b);
  fmt::print("\n2. a graph\n");
  write(folder + "/graph.svg", graph_svg(loss, {{"w", w}, {"b", b}}));
  loss.backward();
  fmt::print("  loss {:.4f}\n  dw {}\n  db {}   b was stretched over 4 rows\n", loss.item(),
             numbers(w.grad()), numbers(b.grad()));
  auto f = [&](const std::vector<Var>& in) { return network(in[0], in[1], in[2], in[3]); };
  std::vector<Tensor> inputs{x.value(), target.value(), w.value(), b.value()};
  std::string verdict = grad_check(f, inputs, random);
  fmt::print("  against central differences: {}\n", verdict.empty() ? "all agree" : verdict);
}

double live_mebibytes() { return static_cast<double>(memory_statistics().live_bytes) / (1 << 20); }

// An op that changes nothing and notes how many bytes are live when it runs, both ways.
Var watch(const Var& x, std::vector<double>& mebibytes) {
  auto note = [&mebibytes] { mebibytes.push_back(live_mebibytes()); };
  note();
  return make_op("watch", x.value(), {x}, [x, note](const Tensor& dy) {
    note();
    x.add_grad(dy);
  });
}

void memory(const std::string& folder) {
  const size_t depth = 24;
  Var w(Tensor::full({1 << 18}, real(0.5)), true), y = w;  // 1 MiB in float
  std::vector<double> use;
  for (size_t i = 0; i < depth; ++i) y = watch(tanh(y), use);
  sum(std::exchange(y, Var())).backward();
  fmt::print("\n3. memory of {} tanh over 1 MiB each\n", depth);
  fmt::print("  {:.0f} MiB after the forward pass, {:.0f} MiB after the backward pass\n",
             use[depth - 1], live_mebibytes());
  {
    NoGrad scope;
    for (y = w; use.size() < 3 * depth;) y = watch(tanh(y), use);
  }
  fmt::print("  {:.0f} MiB at the end of the same under NoGrad\n", use.back());
  Chart chart{"Memory of a chain of 24 ops, op by op", "ops run", "MiB in use", {}};
  for (const char* name : {"forward", "backward", "forward under NoGrad"}) {
    ChartSeries series{name, {}, ChartSeries::Style::kMarked};
    size_t first = depth * chart.series.size();
    for (size_t i = first; i < first + depth; ++i)
      series.points.push_back({static_cast<double>(i + 1), use[i]});
    chart.series.push_back(series);
  }
  write(folder + "/memory.svg", chart_svg(chart));
}

void long_chain() {
  using Clock = std::chrono::steady_clock;
  auto start = Clock::now();
  Var x(Tensor::scalar(1), true), y = x;
  for (int i = 0; i < 200'000; ++i) y = i % 2 == 0 ? y + real(1) : -y;
  auto built = Clock::now();
  y.backward();
  auto milliseconds = [](auto time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
  };
  fmt::print("\n4. a chain of 200,000 ops\n  forward {} ms, backward {} ms, dy/dx = {}\n",
             milliseconds(built - start), milliseconds(Clock::now() - built), x.grad().item());
}

void twice() {
  Var x(Tensor::scalar(2), true);
  Var loss = square(tanh(x));
  fmt::print("\n5. backward called twice\n");
  loss.backward();
  fmt::print("  once:             dx = {:.6f}\n", x.grad().item());
  try {
    loss.backward();
  } catch (const Error& error) {
    fmt::print("  the same graph:   {}\n", error.what());
  }
  square(tanh(x)).backward();
  fmt::print("  a second graph:   dx = {:.6f}   gradients of leaves add up\n", x.grad().item());
  x.zero_grad();
  square(tanh(x)).backward();
  fmt::print("  after zero_grad:  dx = {:.6f}\n", x.grad().item());
}

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : ".";
  walk(folder);
  graph_and_gradients(folder);
  memory(folder);
  long_chain();
  twice();
}
