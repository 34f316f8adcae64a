#include "tutorials/02-matmul/pictures.h"

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <tuple>
#include <utility>
#include <vector>

#include "t5/report/svg.h"
#include "tutorials/02-matmul/products.h"

namespace t5::lesson {
namespace {

constexpr double kCell = 34, kGap = 10;
constexpr const char *kWhite = "#ffffff", *kOrange = "#fdd9b5", *kBlue = "#cfe3f7",
                     *kGreen = "#cdeee3", *kGrey = "#d1d5db", *kDark = "#bf4a00";

std::string rectangle(double x, double y, double width, double height, const char* fill) {
  return fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\" "
      "stroke=\"#9ca3af\"/>\n",
      x, y, width, height, fill);
}

// A matrix in numbers; fill(i, j) is a cell's colour.
std::string grid(double x, double y, const std::vector<real>& values, int64_t columns,
                 const std::function<const char*(int64_t, int64_t)>& fill) {
  std::string out;
  for (size_t at = 0; at < values.size(); ++at) {
    auto i = static_cast<int64_t>(at) / columns, j = static_cast<int64_t>(at) % columns;
    double left = x + kCell * static_cast<double>(j), top = y + kCell * static_cast<double>(i);
    out += rectangle(left, top, kCell, kCell, fill(i, j));
    out += svg_text(left + kCell / 2, top + 22, "text-anchor=\"middle\" fill=\"#111827\"",
                    fmt::format("{}", values[at]));
  }
  return out;
}

// b above c, a at its left: row i of a, column j of b and element (i, j) of c are in line.
struct Places {
  double x, y;  // of the corner
  double right() const { return x + kInner * kCell + kGap; }
  double below() const { return y + kInner * kCell + kGap; }
  static constexpr int64_t kRows = 2, kInner = 3, kColumns = 4;
};

int64_t kib(int64_t numbers) { return numbers * static_cast<int64_t>(sizeof(real)) / 1024; }

// "3·0 + 1·3 + 2·1 = 5"
std::string dot_in_words(const std::vector<real>& a, const std::vector<real>& b, int64_t row,
                         int64_t column, real result) {
  std::string terms;
  for (int64_t p = 0; p < Places::kInner; ++p)
    terms += fmt::format("{}{}·{}", p > 0 ? " + " : "", a[row * Places::kInner + p],
                         b[p * Places::kColumns + column]);
  return fmt::format("{} = {}", terms, result);
}

}  // namespace

std::string orders_svg() {
  constexpr int64_t rows = Places::kRows, inner = Places::kInner, columns = Places::kColumns;
  const std::vector<real> a{1, 0, 2, 3, 1, 2}, b{1, 2, 0, 4, 5, 1, 3, 0, 2, 2, 1, 6};
  std::vector<real> c(rows * columns);
  naive_product(a.data(), b.data(), c.data(), rows, inner, columns);
  const char* weights[] = {kOrange, kBlue, kGreen};
  std::string out = svg_heading(16, 28, "One product, looked at twice");
  for (bool by_rows : {false, true}) {
    Places at{by_rows ? 326.0 : 16.0, 84};
    out += svg_text(at.x, 64, "fill=\"#111827\"",
                    by_rows ? "a row: rows of b, weighted" : "an element: row times column");
    out += grid(at.x, at.below(), a, inner, [&](int64_t i, int64_t p) {
      return i == 0 ? kWhite : by_rows ? weights[p] : kOrange;
    });
    out += grid(at.right(), at.y, b, columns, [&](int64_t p, int64_t j) {
      return by_rows ? weights[p] : j == 2 ? kOrange : kWhite;
    });
    out += grid(at.right(), at.below(), c, columns, [&](int64_t i, int64_t j) {
      return i == 1 && (by_rows || j == 2) ? kGrey : kWhite;
    });
    double foot = at.below() + rows * kCell + 26;
    out += svg_text(at.x, foot, "fill=\"#111827\"",
                    by_rows ? fmt::format("{}·row 0 + {}·row 1 + {}·row 2", a[3], a[4], a[5])
                            : dot_in_words(a, b, 1, 2, c[columns + 2]));
    for (auto [name, x, y] : {std::tuple("a", at.x + 40, at.below() - 12),
                              {"b", at.right() - 22, at.y + 22},
                              {"c", at.right() + columns * kCell + 8, at.below() + 22}})
      out += svg_text(x, y, "font-style=\"italic\" fill=\"#111827\"", name);
  }
  return svg_picture(600, 310, "A row times a column, and a sum of rows", out);
}

std::string tile_svg() {
  // All of it to scale: twice a block's rows and half a depth more than one, 28 panels.
  constexpr double scale = 0.66, gap = 20, x = 16, y = 48;
  constexpr double m = 2 * kBlockRows, k = 1.5 * kDepth, n = 28 * kTileColumns;
  constexpr double right = x + k * scale + gap, below = y + k * scale + gap;
  constexpr double row = below + 17 * kTileRows * scale, column = right + 9 * kTileColumns * scale;
  auto part = [](double left, double top, double width, double height, const char* fill) {
    return rectangle(left, top, width * scale, height * scale, fill);
  };
  std::string out = svg_heading(x, 28, "What one tile of c reads, to scale");
  out += part(x, below, k, m, kWhite) + part(right, y, n, k, kWhite) +
         part(right, below, n, m, kWhite) + part(x, below, kDepth, kBlockRows, kBlue) +
         part(column, y, kTileColumns, kDepth, kOrange) + part(x, row, kDepth, kTileRows, kDark) +
         part(column, row, kTileColumns, kTileRows, kDark);
  const std::pair<const char*, std::vector<std::string>> legend[] = {
      {kDark,
       {fmt::format("the tile: {} × {} sums,", kTileRows, kTileColumns),
        fmt::format("in registers; {} rows of a", kTileRows)}},
      {kOrange,
       {fmt::format("the panel of b: {} × {},", kDepth, kTileColumns),
        fmt::format("{} KiB, first-level cache", kib(kDepth * kTileColumns))}},
      {kBlue,
       {fmt::format("the block of a: {} × {},", kBlockRows, kDepth),
        fmt::format("{} KiB, second-level cache", kib(kBlockRows * kDepth))}}};
  double line = y + 24;
  for (const auto& [fill, texts] : legend) {
    out += rectangle(x, line - 13, 16, 16, fill);
    for (const std::string& text : texts) out += svg_text(x + 26, line, "", text), line += 22;
    line += 10;
  }
  out += svg_text(x, line + 6, "",
                  fmt::format("each step reads {} numbers", kTileRows + kTileColumns));
  out += svg_text(x, line + 28, "", fmt::format("for {} multiply-adds", kTileRows * kTileColumns));
  for (auto [name, left, top] : {std::tuple("a", x + 236, below + 20),
                                 {"b", right + 278, y + 20},
                                 {"c", right + 278, below + 20}})
    out += svg_text(left, top, "font-style=\"italic\" fill=\"#111827\"", name);
  return svg_picture(600, below + m * scale + 16, "A tile, its panel and its block", out);
}

}  // namespace t5::lesson
