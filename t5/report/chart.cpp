// Axes, ticks and paths; see chart.h. Data coordinates become pixels in one place, Frame.
#include "t5/report/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "t5/report/svg.h"

namespace t5 {
namespace {

constexpr double kWidth = 600, kHeight = 420;  // pixels
constexpr double kLeft = 62, kRight = kWidth - 24, kBottom = kHeight - 58;
constexpr double kMargin = 14, kLegendTop = 56, kLegendRow = 25, kSwatch = 34;
constexpr double kLargest = 1e100;  // beyond it, differences and ratios might overflow
constexpr double kWindows = 150;    // smoothing windows in the width of a chart
constexpr const char* kDashes[] = {"", "9 6", "2 6", "14 6 2 6", "20 7", "5 6", "9 6 2 6 2 6"};

// 1, 2 or 5 times a power of ten, so that about `count` steps make up `span`.
double nice_step(double span, int count) {
  double rough = span / std::max(count, 1);
  double power = std::pow(10, std::floor(std::log10(rough)));
  double lead = rough / power;  // 1 to 10
  return power * (lead < 1.4 ? 1 : lead < 3.2 ? 2 : lead < 7.1 ? 5 : 10);
}

struct Axis {
  double low = 0, high = 1;
  bool is_log = false;
  std::vector<double> ticks;  // none: the chart is empty

  double share(double v) const {  // 0 at low, 1 at high
    if (is_log) return std::log(v / low) / std::log(high / low);
    return (v - low) / (high - low);
  }
};

void set_linear_ticks(Axis& axis, int count, bool widen) {
  if (widen) {
    double step = nice_step(axis.high - axis.low, count);
    axis.low = std::floor(axis.low / step + 1e-9) * step;
    axis.high = std::ceil(axis.high / step - 1e-9) * step;
  }
  axis.ticks = chart_ticks(axis.low, axis.high, count);
}

// Powers of ten, or every few of them when there are many; 1, 2, 5, 10, 20, … on less than three.
void set_log_ticks(Axis& axis, int count, bool widen) {
  double decades = std::log10(axis.high / axis.low);
  if (decades < 0.7) return set_linear_ticks(axis, count, false);
  int stride = static_cast<int>(std::ceil(decades / 8));
  std::vector<double> leads = decades < 3 ? std::vector<double>{1, 2, 5} : std::vector<double>{1};
  std::vector<double> candidates;
  int first = static_cast<int>(std::floor(std::log10(axis.low) / stride)) * stride;
  for (int power = first; power < first + decades + 2 * stride + 1; power += stride)
    for (double lead : leads) candidates.push_back(lead * std::pow(10, power));
  double low = axis.low * (1 + 1e-9), high = axis.high * (1 - 1e-9);
  auto begin = std::upper_bound(candidates.begin(), candidates.end(), low);
  auto end = std::lower_bound(candidates.begin(), candidates.end(), high);
  bool reaches_back = begin != candidates.begin() && (widen || begin[-1] > axis.low * (1 - 1e-9));
  if (widen || *end < axis.high * (1 + 1e-9)) ++end;
  axis.ticks.assign(reaches_back ? begin - 1 : begin, end);
  if (widen) axis.low = axis.ticks.front(), axis.high = axis.ticks.back();
}

// The axis that shows all values; a single one stands in its middle. One that would begin near
// zero, for its length, begins there.
Axis make_axis(const std::vector<double>& values, bool is_log, bool widen, int count) {
  if (values.empty()) return {};
  auto [least, most] = std::minmax_element(values.begin(), values.end());
  Axis axis{*least, *most, is_log, {}};
  double size = std::max(std::abs(axis.low), std::abs(axis.high));
  if (is_log && axis.high < axis.low * 1.01) {
    axis.low /= 1.1, axis.high *= 1.1;
  } else if (axis.high - axis.low <= std::max(size * 1e-9, 1 / kLargest)) {
    double margin = size < 1e-80 ? 1 : size / 10;
    axis.low -= margin, axis.high += margin;
  } else if (!is_log && axis.low > 0 && axis.low < axis.high / 5) {
    axis.low = 0;
  }
  if (is_log)
    set_log_ticks(axis, count, widen);
  else
    set_linear_ticks(axis, count, widen);
  return axis;
}

// 10⁻⁷
std::string power_of_ten(double value) {
  constexpr const char* kRaised[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string out = "10";
  for (char c : fmt::format("{:.0f}", std::log10(value))) out += c == '-' ? "⁻" : kRaised[c - '0'];
  return out;
}

// "20k" on an axis that reaches that far; powers of ten on a logarithmic one that does.
std::string tick_label(double value, const Axis& axis) {
  bool has_powers = axis.high / axis.low > 999 && (axis.low < 1e-3 || axis.high > 1e4);
  if (axis.is_log && has_powers) return power_of_ten(value);
  double largest = axis.is_log ? value : std::max(std::abs(axis.low), std::abs(axis.high));
  std::string unit;
  if (largest >= 1e4 && largest < 1e12) {
    double scale = largest < 1e6 ? 1e3 : largest < 1e9 ? 1e6 : 1e9;
    value /= scale;
    if (value != 0) unit = scale == 1e3 ? "k" : scale == 1e6 ? "M" : "G";
  }
  std::string number = fmt::format("{:.10g}", std::abs(value));
  return (value < 0 ? "−" : "") + number + unit;
}

struct Frame {
  Axis x, y;
  double top;  // pixels; the other three sides are constants

  double px(double v) const { return kLeft + x.share(v) * (kRight - kLeft); }
  double py(double v) const { return kBottom - y.share(v) * (kBottom - top); }
};

// Whether a chart can show the point; a NaN fails every comparison.
bool is_shown(const ChartPoint& p, bool log_x, bool log_y) {
  auto is_in_range = [](double v, bool is_log) {
    return std::abs(v) <= kLargest && (!is_log || v >= 1 / kLargest);
  };
  return is_in_range(p.x, log_x) && is_in_range(p.y, log_y);
}

Frame make_frame(const Chart& chart, double top) {
  std::vector<double> xs, ys;
  for (const ChartSeries& series : chart.series)
    for (const ChartPoint& p : series.points)
      if (is_shown(p, chart.log_x, chart.log_y)) xs.push_back(p.x), ys.push_back(p.y);
  if (chart.x_range.low < chart.x_range.high)
    xs.insert(xs.end(), {chart.x_range.low, chart.x_range.high});
  if (chart.y_range.low < chart.y_range.high)
    ys.insert(ys.end(), {chart.y_range.low, chart.y_range.high});
  return {make_axis(xs, chart.log_x, false, 6), make_axis(ys, chart.log_y, true, 5), top};
}

// The pixels of the points that a path needs: within a pixel column, a point is kept only when it
// lies outside what the column shows already. A gap is a NaN.
std::vector<ChartPoint> pixels_of(const std::vector<ChartPoint>& points, const Frame& frame) {
  std::vector<ChartPoint> pixels;
  double column = -1, high = 0, low = 0;
  for (const ChartPoint& p : points) {
    if (!is_shown(p, frame.x.is_log, frame.y.is_log)) {
      column = -1;
      pixels.push_back({NAN, NAN});
      continue;
    }
    double px = frame.px(p.x), py = frame.py(p.y);
    bool is_new = std::floor(px) != column;
    if (!is_new && py >= low - 0.1 && py <= high + 0.1) continue;
    low = is_new ? py : std::min(low, py), high = is_new ? py : std::max(high, py);
    column = std::floor(px);
    pixels.push_back({px, py});
  }
  return pixels;
}

std::string path(const std::vector<ChartPoint>& pixels, std::string_view attributes) {
  std::string out = fmt::format("<path {} d=\"", attributes);
  bool pen_is_down = false;
  for (const ChartPoint& p : pixels) {
    bool is_gap = std::isnan(p.x);
    if (!is_gap) out += fmt::format("{}{:.1f},{:.1f}", pen_is_down ? "L" : "M", p.x, p.y);
    pen_is_down = !is_gap;
  }
  return out + "\"/>\n";
}

// How the i-th line is drawn: its dashes, so that no colour alone tells it from another. A line
// with marks has those instead.
std::string stroke(size_t i, ChartSeries::Style style) {
  std::string out = fmt::format("stroke=\"{}\" stroke-width=\"2.5\"", svg_colour(i));
  std::string_view dashes = kDashes[i % std::size(kDashes)];
  if (style == ChartSeries::Style::kMarked || dashes.empty()) return out;
  return out + fmt::format(" stroke-dasharray=\"{}\"", dashes);
}

std::string drawn(const ChartSeries& series, size_t i, const Frame& frame) {
  using Style = ChartSeries::Style;
  auto pixels = pixels_of(series.points, frame), strong = pixels;
  std::string out;
  if (series.style == Style::kSmoothed) {
    out = path(pixels, fmt::format("stroke=\"{}\" opacity=\"0.3\"", svg_colour(i)));
    strong = pixels_of(smoothed(series.points, (frame.x.high - frame.x.low) / kWindows), frame);
  }
  if (series.style != Style::kPoints) out += path(strong, stroke(i, series.style));
  bool has_marks = series.style == Style::kMarked || series.style == Style::kPoints;
  auto is_gap = [&](size_t k) { return k >= pixels.size() || std::isnan(pixels[k].x); };
  for (size_t k = 0; k < pixels.size(); ++k) {
    bool is_alone = is_gap(k - 1) && is_gap(k + 1);  // no line shows it
    if (!is_gap(k) && (is_alone || has_marks)) out += svg_mark(i, pixels[k].x, pixels[k].y);
  }
  return out;
}

std::string line(double x1, double y1, double x2, double y2, std::string_view attributes) {
  return fmt::format("<path d=\"M{:.1f},{:.1f}L{:.1f},{:.1f}\" {}/>\n", x1, y1, x2, y2, attributes);
}

// The grid, the tick labels, and the names of the axes: that of y stands above it, to be read
// without turning one's head.
std::string axes(const Chart& chart, const Frame& frame) {
  constexpr const char* kFaintGrid = "stroke=\"#f3f4f6\"";
  constexpr const char* kGrid = "stroke=\"#e5e7eb\"";
  constexpr const char* kAxis = "stroke=\"#6b7280\"";
  std::string out;
  for (double tick : frame.y.ticks) {
    double y = frame.py(tick);
    out += line(kLeft, y, kRight, y, kGrid);
    out += svg_text(kLeft - 9, y + 5.5, "text-anchor=\"end\"", tick_label(tick, frame.y));
  }
  for (double tick : frame.x.ticks) {
    double x = frame.px(tick);
    out += line(x, frame.top, x, kBottom, kFaintGrid) + line(x, kBottom, x, kBottom + 5, kAxis);
    out += svg_text(x, kBottom + 23, "text-anchor=\"middle\"", tick_label(tick, frame.x));
  }
  out += line(kLeft, kBottom, kRight, kBottom, kAxis);
  out += svg_text((kLeft + kRight) / 2, kHeight - 10, "text-anchor=\"middle\"", chart.x_label);
  out += svg_text(kMargin, frame.top - 18, "", chart.y_label);
  if (frame.y.ticks.empty())
    out += svg_text((kLeft + kRight) / 2, (frame.top + kBottom) / 2, "text-anchor=\"middle\"",
                    "no data yet");
  return out;
}

// Left to right below the title, in as many rows as it takes; `y` is the first row's, then the
// last one's.
std::string legend(const Chart& chart, double& y) {
  using Style = ChartSeries::Style;
  std::string out;
  double x = kMargin;
  for (size_t i = 0; i < chart.series.size(); ++i) {
    const ChartSeries& series = chart.series[i];
    double width = kSwatch + 26 + svg_text_width(series.name);
    if (x > kMargin && x + width - 18 > kRight) x = kMargin, y += kLegendRow;
    if (series.style != Style::kPoints)
      out += line(x + 1, y - 5.5, x + kSwatch, y - 5.5,
                  "fill=\"none\" stroke-linecap=\"round\" " + stroke(i, series.style));
    if (series.style == Style::kMarked || series.style == Style::kPoints)
      out += svg_mark(i, x + kSwatch / 2, y - 5.5);
    out += svg_text(x + kSwatch + 8, y, "", series.name);
    x += width;
  }
  return out;
}

}  // namespace

std::string chart_svg(const Chart& chart) {
  double y = kLegendTop;
  std::string names = legend(chart, y);
  Frame frame = make_frame(chart, y + 48);
  std::string out = svg_heading(kMargin, 27, chart.title) + names + axes(chart, frame);
  out += "<g fill=\"none\" stroke-linecap=\"round\" stroke-linejoin=\"round\">\n";
  for (size_t i = 0; i < chart.series.size(); ++i) out += drawn(chart.series[i], i, frame);
  return svg_picture(kWidth, kHeight, chart.title, out + "</g>\n");
}

std::vector<double> chart_ticks(double low, double high, int count) {
  double step = nice_step(high - low, count);
  std::vector<double> ticks;
  double last = std::floor(high / step + 1e-9);
  for (double i = std::ceil(low / step - 1e-9); i <= last; ++i) ticks.push_back(i * step + 0.0);
  return ticks;
}

std::vector<ChartPoint> smoothed(const std::vector<ChartPoint>& points, double window) {
  std::vector<ChartPoint> out = points;
  if (!(window > 0)) return out;
  size_t n = points.size();
  std::vector<double> sums(n), weights(n);
  auto is_finite = [&](size_t i) { return std::isfinite(points[i].x + points[i].y); };
  for (bool from_right : {false, true}) {
    double sum = 0, weight = 0, x = 0;
    for (size_t step = 0; step < n; ++step) {
      size_t i = from_right ? n - 1 - step : step;
      if (!is_finite(i)) continue;
      double keep = std::exp(-std::abs(points[i].x - x) / window);
      sums[i] += sum = sum * keep + points[i].y;
      weights[i] += weight = weight * keep + 1;
      x = points[i].x;
    }
  }
  for (size_t i = 0; i < n; ++i)  // both passes counted the point itself
    if (is_finite(i)) out[i].y = (sums[i] - points[i].y) / (weights[i] - 1);
  return out;
}

}  // namespace t5
