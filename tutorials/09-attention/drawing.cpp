#include "tutorials/09-attention/drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "autograd/ops/arithmetic.h"
#include "autograd/reference.h"
#include "nn/layers/attention.h"
#include "t5/report/svg.h"
#include "tensor/error.h"

namespace t5::tutorial {
namespace {

constexpr int64_t kRows = 5, kHeads = 2, kHeadWidth = 4;
constexpr double kCell = 19;
constexpr const char *kEdge = "#9ca3af", *kFaint = "#dde1e7";

std::string box(double x, double y, double width, double height, const char* fill, double opacity,
                const char* edge) {
  return fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\" "
      "fill-opacity=\"{:.2f}\" stroke=\"{}\"/>\n",
      x, y, width, height, fill, opacity, edge);
}

// A matrix of squares, dark where its numbers are large; `head_of` says in which head's colour.
template <class HeadOf>
std::string squares(const Tensor& m, double x, double y, const HeadOf& head_of) {
  double largest = 0;
  for (real v : m.to_vector()) largest = std::max<double>(largest, std::abs(v));
  std::string out;
  for (int64_t i = 0; i < m.dim(0); ++i)
    for (int64_t j = 0; j < m.dim(1); ++j)
      out +=
          box(x + kCell * static_cast<double>(j), y + kCell * static_cast<double>(i), kCell, kCell,
              svg_colour(head_of(j)), 0.06 + 0.9 * std::abs(m.at({i, j})) / largest, kEdge);
  return out;
}

std::string centred(double x, double y, const std::string& text) {
  return svg_text(x, y, "text-anchor=\"middle\"", text);
}

size_t head_of_column(int64_t column) { return static_cast<size_t>(column / kHeadWidth); }

}  // namespace

std::string heads_svg() {
  Parameters parameters(random_source(3));
  MultiHeadAttention layer(Scope(parameters), 8, kHeads, kHeadWidth, 2);
  Random random(4);
  Var x(Tensor::normal({kRows, 8}, random));
  Var q = layer.q(x), k = layer.k(x), v = layer.v(x);
  Segments rows({kRows});
  Tensor y = attention(q, k, v, Var(), {kHeads, rows, rows}, {}).value();

  constexpr double kTop = 72, kSecond = 248, kWide = kCell * kHeads * kHeadWidth, kStep = 194;
  std::string out = svg_heading(14, 27, "Two heads divide the columns");
  const std::pair<const char*, const Var*> operands[] = {{"Q", &q}, {"K", &k}, {"V", &v}};
  for (size_t i = 0; i < std::size(operands); ++i) {
    double left = 30 + kStep * static_cast<double>(i);
    out += squares(operands[i].second->value(), left, kTop, head_of_column);
    out += centred(left + kWide / 2, kTop - 10,
                   fmt::format("{}, ({}, {})", operands[i].first, kRows, kHeads * kHeadWidth));
  }
  for (int64_t h = 0; h < kHeads; ++h) {
    auto columns = [&](const Var& all) {
      return Var(all.value().slice(1, h * kHeadWidth, (h + 1) * kHeadWidth).as_contiguous());
    };
    Tensor p = softmax(matmul(columns(q), transpose(columns(k)))).value();
    Var difference = columns(Var(y)) - matmul(Var(p), columns(v));
    check(squared_norm(difference.value()) < 1e-8, "a head reads other columns than its own");
    double left = 30 + kStep * static_cast<double>(h);
    out += squares(p, left, kSecond, [&](int64_t) { return static_cast<size_t>(h); });
    out += centred(left + 2.5 * kCell, kSecond - 10, fmt::format("P of head {}", h));
  }
  double left = 30 + 2 * kStep;
  out += squares(y, left, kSecond, head_of_column);
  out += centred(left + kWide / 2, kSecond - 10, "Y: P V, head by head");
  return svg_picture(600, kSecond + kRows * kCell + 16, "Heads", out);
}

std::string tiles_svg(int64_t tokens) {
  constexpr int64_t kTile = 64;  // as in autograd/fused/attention.cpp
  constexpr double kSide = 240, kTop = 84;
  double unit = kSide / static_cast<double>(tokens);
  std::string out =
      svg_heading(14, 27, fmt::format("The scores of {} tokens, tile by tile", tokens));
  for (bool causal : {false, true}) {
    double left = causal ? 336 : 46;
    int64_t computed = 0;
    out += centred(left + kSide / 2, kTop - 12, causal ? "keys, causal mask" : "keys, no mask");
    out += box(left, kTop, kSide, kSide, "#ffffff", 1, kEdge);
    for (int64_t begin = 0; begin < tokens; begin += kTile) {
      int64_t rows = std::min(kTile, tokens - begin), keys = causal ? begin + rows : tokens;
      double y = kTop + unit * static_cast<double>(begin), high = unit * static_cast<double>(rows);
      double wide = unit * static_cast<double>(keys);
      out += box(left, y, wide, high, svg_colour(0), begin / kTile % 2 == 0 ? 0.55 : 0.35, kEdge);
      if (causal)  // the future of each query, set to zero
        out +=
            fmt::format("<path d=\"M{:.1f},{:.1f}h{:.1f}v{:.1f}z\" fill=\"{}\" stroke=\"{}\"/>\n",
                        left + wide - high, y, high, high, kFaint, kEdge);
      out += svg_text(left + 6, y + high / 2 + 5, "fill=\"#111827\"",
                      fmt::format("{} × {}", rows, keys));
      computed += rows * keys;
    }
    out += centred(left + kSide / 2, kTop + kSide + 24, fmt::format("{} computed", computed));
    int64_t seen = causal ? tokens * (tokens + 1) / 2 : tokens * tokens;
    out += centred(left + kSide / 2, kTop + kSide + 46, fmt::format("{} seen", seen));
  }
  out += svg_text(0, 0,
                  fmt::format("transform=\"translate(32 {:.1f}) rotate(-90)\" "
                              "text-anchor=\"middle\"",
                              kTop + kSide / 2),
                  "queries");
  return svg_picture(600, kTop + kSide + 60, "Tiles", out);
}

}  // namespace t5::tutorial
