// Line charts as SVG text: loss curves and the like, 600 x 420, on white.
//
// A series is known by its colour and, for eyes that confuse colours, by its dashes or its marks.
// Nothing in the data can break the picture: a point that is not finite (or not positive, on a
// logarithmic axis) is a gap in its line, and an empty chart says so.
#pragma once

#include <string>
#include <vector>

namespace t5 {

struct ChartPoint {
  double x = 0, y = 0;
};

struct ChartSeries {
  enum class Style {
    kLine,      // a line
    kSmoothed,  // the values as a faint line, their running mean as a strong one
    kMarked,    // a line with a mark at each point, for few of them
    kPoints,    // marks alone: data that a line of another series runs through
  };

  std::string name;                // in the legend
  std::vector<ChartPoint> points;  // by rising x
  Style style = Style::kLine;
};

// What an axis shows at least, beside the data; nothing when low = high.
struct ChartRange {
  double low = 0, high = 0;
};

struct Chart {
  std::string title, x_label, y_label;
  std::vector<ChartSeries> series;
  bool log_y = false, log_x = false;
  ChartRange x_range = {}, y_range = {};
};

// The picture. Text is escaped; long series are thinned to what a pixel can show.
std::string chart_svg(const Chart& chart);

// About `count` round numbers from low to high, inclusive, spaced by 1, 2 or 5 times a power of
// ten. Needs low < high, both finite.
std::vector<double> chart_ticks(double low, double high, int count);

// The running mean of the y: over the points on both sides, weighted by exp(-distance / window), so
// that it does not lag behind a falling loss. Points that are not finite stay as they are and do
// not count. A window of 0 returns the points.
std::vector<ChartPoint> smoothed(const std::vector<ChartPoint>& points, double window);

}  // namespace t5
