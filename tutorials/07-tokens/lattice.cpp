#include "tutorials/07-tokens/lattice.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "t5/report/svg.h"
#include "t5/text/lines.h"

namespace t5 {
namespace {

constexpr double kWidth = 600, kMargin = 14, kTop = 48, kBar = 42, kLane = 50;

// The number of characters before a byte.
size_t characters(std::string_view text, size_t byte) {
  size_t count = 0;
  for (size_t at = 0; at < byte; at += std::max<size_t>(utf8_length(text, at), 1)) ++count;
  return count;
}

bool is_on(const Edge& edge, std::string_view text, const std::vector<Part>& best) {
  return std::any_of(best.begin(), best.end(), [&](const Part& part) {
    auto begin = static_cast<size_t>(part.text.data() - text.data());
    return part.id == edge.id && begin == edge.begin;
  });
}

// A lane for each edge, counted from the text upwards, so that no two lie on each other: the
// shortest come first.
std::vector<size_t> lanes_of(const std::vector<Edge>& edges) {
  std::vector<size_t> order(edges.size()), lanes(edges.size());
  std::iota(order.begin(), order.end(), 0);
  auto length = [&](size_t i) { return edges[i].end - edges[i].begin; };
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return length(a) < length(b); });
  for (size_t k = 0; k < order.size(); ++k) {
    const Edge& edge = edges[order[k]];
    for (size_t before = 0; before < k; ++before) {
      const Edge& other = edges[order[before]];
      if (edge.begin < other.end && other.begin < edge.end)
        lanes[order[k]] = std::max(lanes[order[k]], lanes[order[before]] + 1);
    }
  }
  return lanes;
}

// A bar from place to place, with the piece and its score.
std::string bar(const Piece& piece, double left, double right, double top, bool is_on_best) {
  const char* paint = is_on_best ? "fill=\"#fde3cc\" stroke=\"#bf4a00\" stroke-width=\"2\""
                                 : "fill=\"#f3f4f6\" stroke=\"#9ca3af\"";
  const char* ink = is_on_best ? "text-anchor=\"middle\" fill=\"#7c2d00\" font-weight=\"600\""
                               : "text-anchor=\"middle\"";
  return fmt::format(
             "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{}\" rx=\"5\" {}/>\n",
             left + 2, top, right - left - 4, kBar, paint) +
         svg_text((left + right) / 2, top + 18, ink, piece.text) +
         svg_text((left + right) / 2, top + 35, std::string(ink) + " font-size=\"14\"",
                  fmt::format("−{:.1f}", -piece.score));
}

}  // namespace

std::vector<Edge> edges_of(const PieceModel& model, std::string_view text) {
  std::vector<Edge> edges;
  for (size_t begin = 0; begin < text.size(); ++begin)
    for (size_t id = 0; id < model.pieces.size(); ++id) {
      const Piece& piece = model.pieces[id];
      if (piece.type == PieceType::kNormal && text.substr(begin).starts_with(piece.text))
        edges.push_back({begin, begin + piece.text.size(), static_cast<int32_t>(id)});
    }
  return edges;
}

double path_count(const std::vector<Edge>& edges, std::string_view text) {
  std::vector<double> ways(text.size() + 1);  // to each place
  ways[0] = 1;
  for (const Edge& edge : edges) ways[edge.end] += ways[edge.begin];  // edges go by rising begin
  return ways.back();
}

std::string lattice_svg(const PieceModel& model, std::string_view text,
                        const std::vector<Part>& best) {
  double step = (kWidth - 2 * kMargin) / static_cast<double>(characters(text, text.size()));
  auto x = [&](size_t byte) {
    return kMargin + step * static_cast<double>(characters(text, byte));
  };
  std::vector<Edge> edges = edges_of(model, text);
  std::vector<size_t> lanes = lanes_of(edges);
  double top_lane = static_cast<double>(*std::max_element(lanes.begin(), lanes.end()));
  double base = kTop + kLane * (top_lane + 1) + 8;
  std::string out = svg_heading(kMargin, 27, "The pieces in a word, and the best path");
  for (size_t i = 0; i < edges.size(); ++i)
    out +=
        bar(model.pieces[edges[i].id], x(edges[i].begin), x(edges[i].end),
            kTop + kLane * (top_lane - static_cast<double>(lanes[i])), is_on(edges[i], text, best));
  for (size_t at = 0; at <= text.size(); at += at < text.size() ? utf8_length(text, at) : 1) {
    out += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\" fill=\"#111827\"/>\n", x(at),
                       base);
    if (at < text.size())
      out += svg_text(x(at) + step / 2, base + 6,
                      "text-anchor=\"middle\" font-size=\"19\" fill=\"#111827\"",
                      text.substr(at, utf8_length(text, at)));
  }
  return svg_picture(kWidth, base + 26, fmt::format("The lattice of {}", text), out);
}

}  // namespace t5
