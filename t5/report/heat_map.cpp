// Cells, names and labels; see heat_map.h. All lengths are pixels.
#include "t5/report/heat_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "t5/report/chart.h"
#include "tensor/error.h"

namespace t5 {
namespace {

constexpr double kCell = 26, kTop = 74, kRight = 24, kBottom = 16;
constexpr double kLetter = 6.7;  // a letter's mean width

// White at 0, a dark blue at 1; the square root shows small values.
std::string colour(double value, double low, double high) {
  if (!std::isfinite(value)) return "#bbbbbb";
  double share = std::sqrt(std::clamp((value - low) / (high - low), 0.0, 1.0));
  auto mix = [&](int dark) { return static_cast<int>(std::lround(255 + (dark - 255) * share)); };
  return fmt::format("#{:02x}{:02x}{:02x}", mix(0x1e), mix(0x3a), mix(0x8a));
}

bool is_dark(double value, double low, double high) { return (value - low) / (high - low) > 0.3; }

std::string text_at(double x, double y, const char* attributes, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>\n", x, y, attributes,
                     svg_escaped(text));
}

}  // namespace

std::string heat_map_svg(const HeatMap& map) {
  size_t rows = map.rows.size(), columns = map.columns.size(), cells = rows * columns;
  check(map.values.size() == cells && (map.texts.empty() || map.texts.size() == cells),
        "heat_map: {} values and {} texts for {} rows and {} columns", map.values.size(),
        map.texts.size(), rows, columns);
  size_t longest = 0;
  for (const std::string& name : map.rows) longest = std::max(longest, name.size());
  double left = 44 + kLetter * static_cast<double>(longest);
  double width = left + kCell * static_cast<double>(columns) + kRight;
  width = std::max(width, left + kLetter * static_cast<double>(map.title.size()) * 1.2 + kRight);
  double height = kTop + kCell * static_cast<double>(rows) + kBottom;
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
      "height=\"{1:.0f}\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#333\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
      width, height);
  out += text_at(left, 22, "font-size=\"15\" font-weight=\"bold\"", map.title);
  out += text_at(left, 44, "fill=\"#666\"", map.x_label);
  out += fmt::format(
      "<text transform=\"translate(18 {:.1f}) rotate(-90)\" text-anchor=\"end\" "
      "fill=\"#666\">{}</text>\n",
      kTop, svg_escaped(map.y_label));
  for (size_t j = 0; j < columns; ++j)
    out += text_at(left + kCell * (static_cast<double>(j) + 0.5), kTop - 8,
                   "text-anchor=\"middle\"", map.columns[j]);
  for (size_t i = 0; i < rows; ++i) {
    double y = kTop + kCell * static_cast<double>(i);
    out += text_at(left - 8, y + kCell / 2 + 4, "text-anchor=\"end\"", map.rows[i]);
    for (size_t j = 0; j < columns; ++j) {
      double x = left + kCell * static_cast<double>(j), value = map.values[i * columns + j];
      out += fmt::format(
          "<rect x=\"{:.0f}\" y=\"{:.0f}\" width=\"{:.0f}\" height=\"{:.0f}\" "
          "fill=\"{}\" stroke=\"#ddd\"/>\n",
          x, y, kCell, kCell, colour(value, map.low, map.high));
      if (!map.texts.empty())
        out += text_at(x + kCell / 2, y + kCell / 2 + 4,
                       is_dark(value, map.low, map.high)
                           ? "text-anchor=\"middle\" font-size=\"11\" fill=\"#fff\""
                           : "text-anchor=\"middle\" font-size=\"11\"",
                       map.texts[i * columns + j]);
    }
  }
  return out + "</svg>\n";
}

}  // namespace t5
