// A picture of a stride: one piece of memory, and three views that walk through it.
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <string>
#include <vector>

#include "t5/files/atomic_file.h"
#include "t5/report/svg.h"
#include "tensor/ops/elementwise.h"
#include "tensor/tensor.h"

using namespace t5;

namespace {

Tensor counting(const Shape& shape) {
  Tensor x(shape);
  for (int64_t i = 0; i < x.size(); ++i) x.mutable_data()[i] = static_cast<real>(i);
  return x;
}

void describe(const char* code, const Tensor& view, const Tensor& whole) {
  const real *first = view.data(), *memory = whole.data();
  fmt::print("{:<28}{:<11}{:<11}{:>6}  {}\n", code, to_string(view.shape()),
             to_string(view.strides()), first - memory, view.contiguous() ? "yes" : "no");
}

// Milliseconds of the fastest of several calls: what disturbs a measurement makes it longer.
template <class Action>
double least_time(const Action& action) {
  double least = 1e9;
  for (int i = 0; i < 7; ++i) {
    auto start = std::chrono::steady_clock::now();
    action();
    std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - start;
    least = std::min(least, spent.count());
  }
  return least;
}

// The drawing. Memory is a row of cells; a view is a grid whose cells show what the walk finds.
constexpr const char* kBlank = "#ffffff";
constexpr double kPlace = 20, kCell = 30, kLeft = 14, kWidth = 2 * kLeft + 24 * kPlace;

std::string cell(double x, double y, double size, real value, const std::string& fill) {
  return fmt::format(
             "<rect x=\"{0:.1f}\" y=\"{1:.1f}\" width=\"{2:.0f}\" height=\"{2:.0f}\" "
             "fill=\"{3}\" stroke=\"#9ca3af\"/>\n",
             x, y, size, fill) +
         svg_text(x + size / 2, y + size / 2 + 5,
                  fmt::format("text-anchor=\"middle\" font-size=\"{}\"", size > kPlace ? 16 : 14),
                  fmt::format("{}", value));
}

// A light colour, from red over green to violet along the walk.
std::string colour(int64_t step, int64_t steps) {
  auto part = [&](double shift) {
    double angle = 5.0 * static_cast<double>(step) / static_cast<double>(steps) - shift;
    return static_cast<int>(208 + 44 * std::cos(angle));
  };
  return fmt::format("#{:02x}{:02x}{:02x}", part(0), part(2.1), part(4.2));
}

// The memory of `whole` and, below it, the view: its arcs show one step from element to element.
std::string draw_walk(const Tensor& whole, const Tensor& view, const std::string& code,
                      double top) {
  double memory = top + 62, table = memory + kPlace + 16;
  std::string arcs, cells, grid;
  std::vector<std::string> fills(whole.size(), kBlank);
  int64_t rows = view.dim(0), columns = view.dim(1), step = 0;
  const real *first = view.data(), *start = whole.data();
  double before = -1;
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j, ++step) {
      int64_t place = first - start + i * view.strides()[0] + j * view.strides()[1];
      if (fills[place] == kBlank) fills[place] = colour(step, rows * columns);
      double x = kLeft + (static_cast<double>(place) + 0.5) * kPlace;
      double height = std::min(46.0, 10 + std::abs(x - before) / 4);
      if (before >= 0 && x != before)
        arcs += fmt::format(
            "<path d=\"M{0:.1f},{1:.1f}C{0:.1f},{2:.1f} {3:.1f},{2:.1f} {3:.1f},"
            "{1:.1f}\" {4}/>\n",
            before, memory - 2, memory - 2 - height, x,
            j > 0 ? "marker-end=\"url(#tip)\"" : "stroke-dasharray=\"3 3\"");
      before = x;
      grid += cell(kLeft + static_cast<double>(j) * kCell, table + static_cast<double>(i) * kCell,
                   kCell, view.at({i, j}), fills[place]);
    }
  for (int64_t p = 0; p < whole.size(); ++p)
    cells +=
        cell(kLeft + static_cast<double>(p) * kPlace, memory, kPlace, whole.data()[p], fills[p]);
  double x = kLeft + 210;
  return svg_text(kLeft, top + 6, "font-family=\"monospace\" font-size=\"15\" fill=\"#111827\"",
                  code) +
         "<g fill=\"none\" stroke=\"#525b6b\" stroke-width=\"1.3\">\n" + arcs + "</g>\n" + cells +
         grid + svg_text(x, table + 18, "", "shape " + to_string(view.shape())) +
         svg_text(x, table + 42, "", "strides " + to_string(view.strides())) +
         svg_text(x, table + 66, "", fmt::format("offset {}", first - start));
}

std::string drawing() {
  Tensor x = counting({4, 6});
  std::string svg = svg_tip("tip", "#525b6b", 7);
  svg += draw_walk(x, x.slice(0, 1, 3), "x.slice(0, 1, 3)", 20);
  svg += draw_walk(x, x.slice(1, 1, 4).transpose(), "x.slice(1, 1, 4).transpose()", 220);
  svg += draw_walk(x, x.slice(0, 2, 3).slice(1, 0, 3).broadcast_to({3, 3}),
                   "x.slice(0, 2, 3).slice(1, 0, 3).broadcast_to({3, 3})", 440);
  return svg_picture(kWidth, 644, "One piece of memory and three views of it", svg);
}

}  // namespace

int main(int, char** arguments) {
  Tensor x = counting({4, 6});
  fmt::print("x = 0, 1, … 23 in 4 rows\n\n{:<28}{:<11}{:<11}{:>6}  {}\n", "view", "shape",
             "strides", "offset", "contiguous");
  describe("x", x, x);
  describe("x.slice(0, 1, 3)", x.slice(0, 1, 3), x);
  describe("x.slice(1, 1, 4)", x.slice(1, 1, 4), x);
  describe("x.select(1, 2)", x.select(1, 2), x);
  describe("x.transpose()", x.transpose(), x);
  describe("x.reshape({2, 3, 4})", x.reshape({2, 3, 4}), x);
  describe("x.broadcast_to({2, 4, 6})", x.broadcast_to({2, 4, 6}), x);

  Tensor wide = Tensor::full({2048, 2048}, 1), copy = wide.contiguous_copy();
  double straight = least_time([&] { copy.copy_from(wide); });
  double turned = least_time([&] { copy.copy_from(wide.transpose()); });
  fmt::print("\ncopying 2048 x 2048 numbers: {:.1f} ms, transposed {:.1f} ms ({:.1f} times)\n",
             straight, turned, turned / straight);

  double kept = least_time([] { Tensor::full({2048, 2048}, 1); });
  double fresh = least_time([] {
    release_free_memory();
    Tensor::full({2048, 2048}, 1);
  });
  fmt::print(
      "filling a new tensor of that size: {:.1f} ms in a kept buffer, {:.1f} ms in a fresh one\n",
      kept, fresh);
  write_file(arguments[1] + std::string("/stride.svg"), drawing());
}
