// Axes, ticks and paths; see chart.h. Data coordinates become pixels in one place, Frame.
#include "t5/report/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "t5/text/lines.h"

namespace t5 {
namespace {

constexpr double kWidth = 720, kHeight = 440;  // pixels
constexpr double kLeft = 76, kRight = kWidth - 24, kBottom = kHeight - 56;
constexpr double kLetter = 6.7;  // a letter's mean width
constexpr double kLegendRow = 20;
constexpr double kLargest = 1e100;  // beyond it, differences and ratios might overflow
constexpr double kWindows = 150;    // smoothing windows in the width of a chart
constexpr const char* kColours[] = {"#2563eb", "#e8590c", "#0d9373", "#9333ea",
                                    "#b45309", "#db2777", "#0e7490", "#525b6b"};

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

// 1, 2, 5, 10, 20, … for a few powers of ten, every power or every few for many.
void set_log_ticks(Axis& axis) {
  double decades = std::log10(axis.high / axis.low);
  if (decades < 0.7) return set_linear_ticks(axis, 5, false);
  int stride = static_cast<int>(std::ceil(decades / 8));
  std::vector<double> leads = decades < 3 ? std::vector<double>{1, 2, 5} : std::vector<double>{1};
  std::vector<double> candidates;
  int first = static_cast<int>(std::floor(std::log10(axis.low)));
  for (int power = first; power < first + decades + 2 * stride + 1; power += stride)
    for (double lead : leads) candidates.push_back(lead * std::pow(10, power));
  auto begin = std::upper_bound(candidates.begin(), candidates.end(), axis.low * (1 + 1e-9));
  auto end = std::lower_bound(candidates.begin(), candidates.end(), axis.high * (1 - 1e-9));
  axis.ticks.assign(begin == candidates.begin() ? begin : begin - 1, end + 1);
  axis.low = axis.ticks.front(), axis.high = axis.ticks.back();
}

// The axis that shows all values; a single one stands in its middle.
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
  } else if (!is_log && axis.low > 0 && axis.low < axis.high / 10) {
    axis.low = 0;
  }
  if (is_log)
    set_log_ticks(axis);
  else
    set_linear_ticks(axis, count, widen);
  return axis;
}

// "20k" on an axis that reaches that far.
std::string tick_label(double value, const Axis& axis) {
  double largest = axis.is_log ? value : std::max(std::abs(axis.low), std::abs(axis.high));
  std::string unit;
  if (largest >= 1e4 && largest < 1e12) {
    double scale = largest < 1e6 ? 1e3 : largest < 1e9 ? 1e6 : 1e9;
    value /= scale;
    if (value != 0) unit = scale == 1e3 ? "k" : scale == 1e6 ? "M" : "G";
  }
  return fmt::format("{:.10g}{}", value, unit);
}

struct Frame {
  Axis x, y;
  double top;  // pixels; the other three sides are constants

  double px(double v) const { return kLeft + x.share(v) * (kRight - kLeft); }
  double py(double v) const { return kBottom - y.share(v) * (kBottom - top); }
};

// Whether an axis can show the value; a NaN fails every comparison.
bool is_shown(double value, bool is_log) {
  return std::abs(value) <= kLargest && (!is_log || value >= 1 / kLargest);
}
bool is_shown(const ChartPoint& p, bool log_x, bool log_y) {
  return is_shown(p.x, log_x) && is_shown(p.y, log_y);
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
  return {make_axis(xs, chart.log_x, false, 7), make_axis(ys, chart.log_y, true, 6), top};
}

std::string text_at(double x, double y, std::string_view attributes, std::string_view text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>\n", x, y, attributes,
                     svg_escaped(text));
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

std::string dot(double x, double y, std::string_view colour) {
  return fmt::format(
      "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\" fill=\"{}\" stroke=\"#fff\"/>\n", x, y,
      colour);
}

std::string drawn(const ChartSeries& series, std::string_view colour, const Frame& frame) {
  auto pixels = pixels_of(series.points, frame), strong = pixels;
  std::string out;
  if (series.style == ChartSeries::Style::kSmoothed) {
    out = path(pixels, fmt::format("stroke=\"{}\" opacity=\"0.3\"", colour));
    strong = pixels_of(smoothed(series.points, (frame.x.high - frame.x.low) / kWindows), frame);
  }
  out += path(strong, fmt::format("stroke=\"{}\" stroke-width=\"2\"", colour));
  auto is_gap = [&](size_t i) { return i >= pixels.size() || std::isnan(pixels[i].x); };
  for (size_t i = 0; i < pixels.size(); ++i) {
    bool is_alone = is_gap(i - 1) && is_gap(i + 1);  // no line shows it
    if (!is_gap(i) && (is_alone || series.style == ChartSeries::Style::kMarked))
      out += dot(pixels[i].x, pixels[i].y, colour);
  }
  return out;
}

std::string line(double x1, double y1, double x2, double y2, std::string_view attributes) {
  return fmt::format("<path d=\"M{:.1f},{:.1f}L{:.1f},{:.1f}\" {}/>\n", x1, y1, x2, y2, attributes);
}

// The grid, the tick labels, and the names of the axes.
std::string axes(const Chart& chart, const Frame& frame) {
  constexpr const char* kFaintGrid = "stroke=\"#f3f4f6\"";
  constexpr const char* kGrid = "stroke=\"#e5e7eb\"";
  constexpr const char* kAxis = "stroke=\"#9ca3af\"";
  std::string out;
  for (double tick : frame.y.ticks) {
    double y = frame.py(tick);
    out += line(kLeft, y, kRight, y, kGrid);
    out += text_at(kLeft - 8, y + 4, "text-anchor=\"end\"", tick_label(tick, frame.y));
  }
  for (double tick : frame.x.ticks) {
    double x = frame.px(tick);
    out += line(x, frame.top, x, kBottom, kFaintGrid) + line(x, kBottom, x, kBottom + 5, kAxis);
    out += text_at(x, kBottom + 20, "text-anchor=\"middle\"", tick_label(tick, frame.x));
  }
  out += line(kLeft, kBottom, kRight, kBottom, kAxis);
  double middle = (frame.top + kBottom) / 2;
  out += text_at((kLeft + kRight) / 2, kHeight - 14, "text-anchor=\"middle\"", chart.x_label);
  auto turned = fmt::format("text-anchor=\"middle\" transform=\"rotate(-90 16 {:.1f})\"", middle);
  out += text_at(16, middle, turned, chart.y_label);
  if (frame.y.ticks.empty())
    out += text_at((kLeft + kRight) / 2, middle, "text-anchor=\"middle\"", "no data yet");
  return out;
}

// Left to right below the title, in as many rows as it takes; `y` is the first row's, then the
// last one's.
std::string legend(const Chart& chart, double& y) {
  std::string out;
  double x = kLeft;
  for (size_t i = 0; i < chart.series.size(); ++i) {
    const ChartSeries& series = chart.series[i];
    double width = 50 + kLetter * static_cast<double>(series.name.size());
    if (x > kLeft && x + width > kRight) x = kLeft, y += kLegendRow;
    const char* colour = kColours[i % std::size(kColours)];
    out += line(x, y - 4, x + 22, y - 4, fmt::format("stroke=\"{}\" stroke-width=\"2\"", colour));
    if (series.style == ChartSeries::Style::kMarked) out += dot(x + 11, y - 4, colour);
    out += text_at(x + 29, y, "", series.name);
    x += width;
  }
  return out;
}

}  // namespace

// Text for XML 1.0: what the format cannot hold becomes U+FFFD.
std::string svg_escaped(std::string_view text) {
  std::string out;
  for (size_t at = 0, length; at < text.size(); at += std::max<size_t>(length, 1)) {
    length = utf8_length(text, at);
    auto c = static_cast<unsigned char>(text[at]);
    bool is_illegal = length == 0 || c < ' ' || c == 0x7f;
    bool is_special = std::string_view("&<>\"").find(text[at]) != std::string_view::npos;
    if (is_special)
      out += fmt::format("&#{};", c);
    else
      out += is_illegal ? "\xef\xbf\xbd" : text.substr(at, length);
  }
  return out;
}

std::string chart_svg(const Chart& chart) {
  double y = 50;
  std::string names = legend(chart, y);
  Frame frame = make_frame(chart, y + 18);
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\" font-family=\"system-ui, Helvetica, Arial, sans-serif\" "
      "font-size=\"12\" fill=\"#4b5563\" role=\"img\">\n<title>{2}</title>\n"
      "<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n",
      kWidth, kHeight, svg_escaped(chart.title));
  out += text_at(kLeft, 27, "font-size=\"16\" font-weight=\"600\" fill=\"#111827\"", chart.title);
  out += names + axes(chart, frame);
  out += "<g fill=\"none\" stroke-linecap=\"round\" stroke-linejoin=\"round\">\n";
  for (size_t i = 0; i < chart.series.size(); ++i)
    out += drawn(chart.series[i], kColours[i % std::size(kColours)], frame);
  return out + "</g>\n</svg>\n";
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
