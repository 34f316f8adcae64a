// Cells, names and labels; see heat_map.h. All lengths are pixels.
#include "t5/report/heat_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "t5/report/svg.h"
#include "tensor/error.h"

namespace t5 {
namespace {

constexpr double kWidest = 600, kSmallestCell = 22, kLargestCell = 42;
constexpr double kMargin = 14, kHeading = 44, kLine = 24;
constexpr double kLean = 10;  // how far the last name that stands aslant leans out

struct Colour {
  std::array<int, 3> parts;

  std::string text() const {
    return fmt::format("#{:02x}{:02x}{:02x}", parts[0], parts[1], parts[2]);
  }

  // 0 for black, 1 for white, as the eye sees it (WCAG's relative luminance).
  double luminance() const {
    auto linear = [&](int i) { return std::pow((parts[i] / 255.0 + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(0) + 0.7152 * linear(1) + 0.0722 * linear(2);
  }
};

// White at the low end, a dark blue at the high one; the square root shows small values.
Colour colour_of(double value, double low, double high) {
  if (!std::isfinite(value)) return {{0xbb, 0xbb, 0xbb}};
  double share = std::sqrt(std::clamp((value - low) / (high - low), 0.0, 1.0));
  auto mix = [&](int dark) { return static_cast<int>(std::lround(255 + (dark - 255) * share)); };
  return {{mix(0x0b), mix(0x3c), mix(0x86)}};
}

// Black or white, whichever contrasts more: at least 4.5 to 1 on any ground.
const char* ink_on(const Colour& ground) {
  return ground.luminance() > 0.179 ? "#000000" : "#ffffff";
}

size_t longest(const std::vector<std::string>& names) {
  size_t most = 0;
  for (const std::string& name : names) most = std::max(most, name.size());
  return most;
}

// Where the cells begin and how large they are.
struct Grid {
  double left, top, cell;
  bool is_aslant;  // the columns' names
};

Grid make_grid(const HeatMap& map) {
  double left = kMargin + (map.y_label.empty() ? 0 : kLine) + 9 +
                svg_text_width(std::string(longest(map.rows), 'x'));
  double columns = static_cast<double>(map.columns.size());
  size_t letters = longest(map.columns);
  double room = kWidest - left - kMargin - (letters > 2 ? kLean : 0);
  double cell = std::clamp(room / columns, kSmallestCell, kLargestCell);
  double names = letters <= 2 ? kLine : 12 + 0.9 * svg_text_width(std::string(letters, 'x'));
  double top = kHeading + (map.x_label.empty() ? 0 : kLine) + names;
  return {left, top, cell, letters > 2};
}

std::string names_of(const HeatMap& map, const Grid& grid) {
  double rows = static_cast<double>(map.rows.size()) * grid.cell;
  std::string out = svg_heading(kMargin, 27, map.title);
  if (!map.x_label.empty())
    out += svg_text(grid.left, kHeading + 10, "fill=\"#4b5563\"", map.x_label);
  if (!map.y_label.empty())
    out += svg_text(0, 0,
                    fmt::format("transform=\"translate({:.1f} {:.1f}) rotate(-90)\" "
                                "text-anchor=\"middle\" fill=\"#4b5563\"",
                                kMargin + 14, grid.top + rows / 2),
                    map.y_label);
  for (size_t j = 0; j < map.columns.size(); ++j) {
    double x = grid.left + grid.cell * (static_cast<double>(j) + 0.5), y = grid.top - 8;
    out +=
        grid.is_aslant
            ? svg_text(0, 0,
                       fmt::format("transform=\"translate({:.1f} {:.1f}) rotate(-60)\"", x + 5, y),
                       map.columns[j])
            : svg_text(x, y, "text-anchor=\"middle\"", map.columns[j]);
  }
  for (size_t i = 0; i < map.rows.size(); ++i)
    out += svg_text(grid.left - 9, grid.top + grid.cell * (static_cast<double>(i) + 0.5) + 5.5,
                    "text-anchor=\"end\"", map.rows[i]);
  return out;
}

std::string cells_of(const HeatMap& map, const Grid& grid) {
  std::string out;
  for (size_t k = 0; k < map.values.size(); ++k) {
    double x = grid.left + grid.cell * static_cast<double>(k % map.columns.size());
    double y = grid.top + grid.cell * static_cast<double>(k / map.columns.size());
    Colour colour = colour_of(map.values[k], map.low, map.high);
    out += fmt::format(
        "<rect x=\"{0:.1f}\" y=\"{1:.1f}\" width=\"{2:.1f}\" height=\"{2:.1f}\" fill=\"{3}\" "
        "stroke=\"#d1d5db\"/>\n",
        x, y, grid.cell, colour.text());
    if (!map.texts.empty() && !map.texts[k].empty())
      out += svg_text(
          x + grid.cell / 2, y + grid.cell / 2 + 5,
          fmt::format("text-anchor=\"middle\" font-size=\"15\" fill=\"{}\"", ink_on(colour)),
          map.texts[k]);
  }
  return out;
}

}  // namespace

std::string heat_map_svg(const HeatMap& map) {
  size_t rows = map.rows.size(), columns = map.columns.size(), cells = rows * columns;
  check(map.values.size() == cells && (map.texts.empty() || map.texts.size() == cells),
        "heat_map: {} values and {} texts for {} rows and {} columns", map.values.size(),
        map.texts.size(), rows, columns);
  Grid grid = make_grid(map);
  double width = grid.left + grid.cell * static_cast<double>(columns) + kMargin;
  width = std::max({width, 2 * kMargin + svg_text_width(map.title, 21),
                    grid.left + svg_text_width(map.x_label) + kMargin});
  if (grid.is_aslant) width += kLean;
  double height = grid.top + grid.cell * static_cast<double>(rows) + kMargin;
  return svg_picture(width, height, map.title, names_of(map, grid) + cells_of(map, grid));
}

}  // namespace t5
