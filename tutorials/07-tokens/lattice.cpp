#include "tutorials/07-tokens/lattice.h"

#include <fmt/format.h>

#include <algorithm>

#include "t5/text/lines.h"

namespace t5 {
namespace {

constexpr double kWidth = 720, kMargin = 36, kBase = 190, kHeight = 236;

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

// An arc over the line of places, the higher the longer, with the piece and its score above it.
std::string arc(const Piece& piece, double left, double right, bool strong) {
  double middle = (left + right) / 2, height = 26 + 0.36 * (right - left);
  const char* colour = strong ? "#e8590c" : "#9ca3af";
  return fmt::format(
      "<path d=\"M{:.1f},{} Q{:.1f},{:.1f} {:.1f},{}\" fill=\"none\" stroke=\"{}\" "
      "stroke-width=\"{}\"/>\n<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\" "
      "fill=\"{}\"{} stroke=\"#fff\" stroke-width=\"4\" paint-order=\"stroke\">{} {:.1f}</text>\n",
      left, kBase, middle, kBase - 2 * height, right, kBase, colour, strong ? 2.5 : 1, middle,
      kBase - height - 5, strong ? "#c2410c" : "#6b7280", strong ? " font-weight=\"600\"" : "",
      piece.text, piece.score);
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
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\" font-family=\"system-ui, Helvetica, Arial, sans-serif\" "
      "font-size=\"12\">\n<title>The lattice of {2}</title>\n"
      "<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n",
      kWidth, kHeight, text);
  std::vector<Edge> edges = edges_of(model, text);
  for (bool strong : {false, true})  // the best path on top
    for (const Edge& edge : edges)
      if (is_on(edge, text, best) == strong)
        out += arc(model.pieces[edge.id], x(edge.begin), x(edge.end), strong);
  for (size_t at = 0; at <= text.size(); at += at < text.size() ? utf8_length(text, at) : 1) {
    out +=
        fmt::format("<circle cx=\"{:.1f}\" cy=\"{}\" r=\"4\" fill=\"#111827\"/>\n", x(at), kBase);
    if (at < text.size())
      out += fmt::format(
          "<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\" font-size=\"17\" "
          "fill=\"#111827\">{}</text>\n",
          x(at) + step / 2, kBase + 28, text.substr(at, utf8_length(text, at)));
  }
  return out + "</svg>\n";
}

}  // namespace t5
