// Charts: ticks, smoothing, where a path goes, and data that would break a careless one.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "t5/report/chart.h"

namespace t5 {
namespace {

using Style = ChartSeries::Style;
using Points = std::vector<ChartPoint>;

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

bool has(const std::string& text, const std::string& part) { return count(text, part) > 0; }

std::string svg(const Points& points, Style style = Style::kLine, bool log_y = false,
                bool log_x = false) {
  return chart_svg({"title", "step", "loss", {{"series", points, style}}, log_y, log_x});
}

// The d attribute of the strong line.
std::string strong_path(const std::string& picture) {
  size_t begin = picture.find(" d=\"", picture.rfind("stroke-width=\"2.5\"")) + 4;
  return picture.substr(begin, picture.find('"', begin) - begin);
}

void check_ticks(double low, double high, int count, const std::vector<double>& expected) {
  auto ticks = chart_ticks(low, high, count);
  REQUIRE(ticks.size() == expected.size());
  for (size_t i = 0; i < ticks.size(); ++i) CHECK(ticks[i] == doctest::Approx(expected[i]));
}

TEST_SUITE("14-training") {
  TEST_CASE("chart_ticks: steps of 1, 2 and 5, ends included") {
    check_ticks(0, 10, 5, {0, 2, 4, 6, 8, 10});
    check_ticks(0, 1, 10, {0, .1, .2, .3, .4, .5, .6, .7, .8, .9, 1});
    check_ticks(-3, 17, 4, {0, 5, 10, 15});
    check_ticks(0.013, 0.027, 7, {.014, .016, .018, .02, .022, .024, .026});
    check_ticks(1e9, 1.0001e9, 5, {1e9, 1.00002e9, 1.00004e9, 1.00006e9, 1.00008e9, 1.0001e9});
  }

  TEST_CASE("chart_ticks: about as many as asked, at every magnitude") {
    for (double size = 1e-60; size < 1e60; size *= 1.7)
      for (int wanted : {4, 6, 7}) {
        auto ticks = chart_ticks(-0.37 * size, size, wanted);
        CAPTURE(size);
        CHECK(ticks.size() >= 2);
        CHECK(static_cast<int>(ticks.size()) <= wanted * 8 / 5 + 1);
        CHECK(ticks.back() <= size * (1 + 1e-9));
      }
  }

  TEST_CASE("smoothed: constants stay, both sides count, gaps stay gaps") {
    auto constant = smoothed({{0, 3}, {1, 3}, {7, 3}}, 2);
    for (const ChartPoint& p : constant) CHECK(p.y == doctest::Approx(3));
    double w = std::exp(-0.5), w2 = std::exp(-1.0);
    auto step = smoothed({{0, 1}, {1, 0}, {1.5, NAN}, {2, 4}}, 2);
    CHECK(step[0].y == doctest::Approx((1 + 4 * w2) / (1 + w + w2)));
    CHECK(step[1].y == doctest::Approx((w + 4 * w) / (1 + 2 * w)));
    CHECK(std::isnan(step[2].y));
    CHECK(step[3].y == doctest::Approx((4 + w2) / (1 + w + w2)));
    CHECK(smoothed({{0, 1}, {1, 5}}, 0)[1].y == 5);
    CHECK(smoothed({}, 1).empty());
  }

  TEST_CASE("chart_svg: corners of the data are corners of the frame") {
    CHECK(strong_path(svg({{0, 0}, {50, 10}, {100, 5}})) == "M62.0,362.0L319.0,104.0L576.0,233.0");
    // The geometric mean lies halfway up a logarithmic axis.
    CHECK(strong_path(svg({{0, 1}, {50, 100}, {100, 10}}, Style::kLine, true)) ==
          "M62.0,362.0L319.0,104.0L576.0,233.0");
    CHECK(strong_path(svg({{1, 0}, {10, 10}, {100, 5}}, Style::kLine, false, true)) ==
          "M62.0,362.0L319.0,104.0L576.0,233.0");
  }

  TEST_CASE("chart_svg: a logarithmic axis has powers of ten, 2 and 5 between only a few") {
    std::string wide = svg({{1e-15, 1e-13}, {1, 1}}, Style::kLine, true, true);
    for (const char* tick : {">10⁻¹⁴<", ">10⁻²<", ">10⁰<"}) CHECK(count(wide, tick) == 2);
    CHECK(!has(wide, ">10⁻¹⁵<"));  // sixteen powers: every second
    std::string some = svg({{1, 0}, {1000, 10}}, Style::kLine, false, true);
    for (const char* tick : {">1<", ">100<", ">1000<"}) CHECK(count(some, tick) == 1);
    CHECK(!has(some, ">20<"));
    std::string few = svg({{1, 0}, {128, 7}}, Style::kLine, false, true);
    for (const char* tick : {">1<", ">2<", ">50<", ">100<"}) CHECK(has(few, tick));
    CHECK(!has(few, ">200<"));  // x is not widened
    CHECK(!has(svg({{3, 0}, {40, 70}}, Style::kLine, false, true), ">2<"));
  }

  TEST_CASE("chart_svg: what is not positive has no place on a logarithmic x axis") {
    std::string log = svg({{0, 1}, {1, 2}, {10, 3}, {-1, 4}}, Style::kLine, false, true);
    CHECK(strong_path(log) == "M62.0,362.0L576.0,104.0");
  }

  TEST_CASE("chart_svg: the y axis widens to round numbers, an axis that starts near 0 shows it") {
    CHECK(strong_path(svg({{1, 3.3}, {100, 9.7}})) == "M67.1,350.9L576.0,115.1");
    CHECK(strong_path(svg({{30, 3.3}, {100, 9.7}})) == "M62.0,350.9L576.0,115.1");
  }

  TEST_CASE("chart_svg: white ground, title, names of axes and series, tick labels") {
    std::string picture = chart_svg(
        {"A title", "steps", "nats", {{"one", {{0, 1}, {20000, 2}}}, {"two", {{0, 1.5}}}}, false});
    for (const char* part :
         {"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"600\" height=\"420\"",
          "<rect width=\"600\" height=\"420\" fill=\"#ffffff\"/>", ">A title</text>", ">steps<",
          ">nats<", ">one<", ">two<", ">0<", ">20k<", ">1.2<", "</svg>\n"}) {
      CAPTURE(part);
      CHECK(has(picture, part));
    }
  }

  TEST_CASE("chart_svg: text is escaped") {
    std::string picture = chart_svg({"a<b>&", "<b>", "<b>", {{"<b>", {}}}});
    CHECK(has(picture, "a&#60;b&#62;&#38;"));
    CHECK(!has(picture, "<b>"));
  }

  TEST_CASE("chart_svg: lines differ in colour and in dashes, marked ones in marks") {
    Chart chart{"t", "x", "y", {}};
    for (int i = 0; i < 4; ++i) chart.series.push_back({"s", {{0, 0}, {1, 1.0 * i}}});
    std::string lines = chart_svg(chart);
    for (const char* dashes : {"\"9 6\"", "\"2 6\"", "\"14 6 2 6\""})
      CHECK(count(lines, dashes) == 2);  // in the plot and in the legend
    for (ChartSeries& series : chart.series) series.style = Style::kMarked;
    std::string marked = chart_svg(chart);
    CHECK(!has(marked, "dasharray"));
    CHECK(count(marked, "<circle") == 3);
    for (ChartSeries& series : chart.series) series.style = Style::kPoints;
    CHECK(count(chart_svg(chart), "stroke-width=\"2.5\"") == 0);
  }

  TEST_CASE("chart_svg: empty charts say so") {
    for (const Points& points :
         {Points{}, Points{{NAN, 1}, {1, NAN}, {INFINITY, 1}, {2, -INFINITY}}})
      CHECK(has(svg(points), "no data yet"));
    CHECK(has(svg({{1, 0}, {2, -1}}, Style::kLine, true), "no data yet"));
    CHECK(has(chart_svg({}), "no data yet"));
    CHECK(!has(svg({{1, 1}}), "no data yet"));
  }

  TEST_CASE("chart_svg: one point, and a constant, stand in the middle") {
    std::string one = svg({{100, 2.5}});
    CHECK(has(one, "<circle cx=\"319.0\" cy=\"233.0\""));
    CHECK(strong_path(svg({{0, 0}, {1, 0}})) == "M62.0,233.0L576.0,233.0");
    CHECK(strong_path(svg({{0, 5}, {1, 5}}, Style::kLine, true)).find("M62.0,2") == 0);
  }

  TEST_CASE("chart_svg: a gap breaks the line, a point alone between gaps is a dot") {
    std::string gap = svg({{0, 0}, {1, 10}, {2, NAN}, {3, 0}, {4, 10}, {5, INFINITY}, {6, 5}});
    CHECK(count(strong_path(gap), "M") == 3);
    CHECK(count(gap, "<circle") == 1);
    // A gap narrower than a pixel hides neither of its sides.
    std::string narrow = svg({{0, 0}, {1, NAN}, {2, 0}, {10000, 10}});
    CHECK(strong_path(narrow) == "M62.0,362.0M62.1,362.0L576.0,104.0");
    std::string log = svg({{0, 1}, {1, 10}, {2, 0}, {3, -1}, {4, 1}, {5, 10}}, Style::kLine, true);
    CHECK(count(strong_path(log), "M") == 2);
    CHECK(count(log, "<circle") == 0);
  }

  TEST_CASE("chart_svg: hostile numbers give finite pixels") {
    double most = std::numeric_limits<double>::max(), least = 5e-324;
    for (const Points& points :
         {Points{{0, -most}, {1, most}}, Points{{0, 0}, {1, least}}, Points{{0, 1e99}, {1, -1e99}},
          Points{{-most, 1}, {most, 2}}, Points{{0, 1}, {0, 2}, {0, 3}},
          Points{{0, 1}, {1, 1 + 1e-16}}, Points{{0, 1e-99}, {1, 1e99}},
          Points{{1e15, 1}, {1e15 + 1, 2}}, Points{{0, -5}, {1, -5}}})
      for (Style style : {Style::kLine, Style::kSmoothed, Style::kMarked})
        for (int logs = 0; logs < 4; ++logs) {
          std::string picture = svg(points, style, logs & 1, logs & 2);
          CHECK(!has(picture, "nan"));
          CHECK(!has(picture, "inf"));
          CHECK(count(picture, "<text") < 40);
        }
  }

  TEST_CASE("chart_svg: on two logarithmic axes a power of x is a straight line") {
    Chart chart{"roof", "x", "y", {{"slope", {{0.1, 2}, {1, 20}, {10, 200}, {-1, 5}}}}, true, true};
    chart.x_range = {0.1, 1000}, chart.y_range = {1, 1000};
    std::string picture = chart_svg(chart), path = strong_path(picture);
    double x[3], y[3];
    REQUIRE(std::sscanf(path.c_str(), "M%lf,%lfL%lf,%lfL%lf,%lf", x, y, x + 1, y + 1, x + 2,
                        y + 2) == 6);
    CHECK(x[1] - x[0] == doctest::Approx(x[2] - x[1]).epsilon(0.002));
    CHECK(y[1] - y[0] == doctest::Approx(y[2] - y[1]).epsilon(0.002));
    INFO("the axes reach as far as the ranges: a decade is a quarter of one, a third of the other");
    CHECK(x[1] - x[0] == doctest::Approx((576 - 62) / 4.0).epsilon(0.002));
    CHECK(y[0] - y[1] == doctest::Approx((362 - 104) / 3.0).epsilon(0.002));
    CHECK(has(picture, ">1000<"));
    CHECK(count(path, "L") == 2);  // x = -1 is nowhere on a logarithmic axis
  }

  TEST_CASE("chart_svg: a long run is thinned, and keeps its peaks") {
    Points points;
    for (int i = 0; i < 300000; ++i) points.push_back({i * 1.0, 5 + std::sin(i * 0.7)});
    points[123456].y = 10, points[200000].y = 0;
    std::string picture = svg(points);
    CHECK(picture.size() < 150000);
    CHECK(has(strong_path(picture), ",104.0"));
    CHECK(has(strong_path(picture), ",362.0"));
  }

  TEST_CASE("chart_svg: smoothed series are faint and strong, marked ones have dots") {
    Points points = {{0, 4}, {10, 2}, {20, 3}, {30, 1}};
    std::string both = svg(points, Style::kSmoothed);
    CHECK(count(both, "opacity=\"0.3\"") == 1);
    CHECK(count(both, "<circle") == 0);
    CHECK(count(svg(points, Style::kMarked), "<circle") == 5);  // and one in the legend
  }

  TEST_CASE("chart_svg: a long legend takes more rows and the plot makes room") {
    Chart chart{"t", "x", "y", {}};
    for (int i = 0; i < 9; ++i)
      chart.series.push_back({"a series, a long name", {{0, 0}, {1, 10}}});
    std::string picture = chart_svg(chart);
    CHECK(has(picture, "y=\"56.0\""));
    CHECK(has(picture, "y=\"156.0\""));
    CHECK(has(strong_path(picture), "576.0,204.0"));  // five rows of two: 104 + 4 * 25
  }
}

}  // namespace
}  // namespace t5
