// Heat maps: what a reader of the picture relies on.
#include "t5/report/heat_map.h"

#include "t5/report/svg.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

int64_t count(const std::string& text, const std::string& part) {
  int64_t found = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++found;
  return found;
}

// Of "#rrggbb", as the eye weighs it: 0 for black, 1 for white.
double luminance(const std::string& colour) {
  double sum = 0;
  for (size_t i : {0, 1, 2}) {
    double v = std::stoi(colour.substr(1 + 2 * i, 2), nullptr, 16) / 255.0;
    sum += (i == 0 ? 0.2126 : i == 1 ? 0.7152 : 0.0722) * std::pow((v + 0.055) / 1.055, 2.4);
  }
  return sum;
}

}  // namespace

TEST_SUITE("14-training") {
  TEST_CASE("heat map: a cell per value, white at the low end, dark at the high one") {
    std::string svg = heat_map_svg({"T", "x", "y", {"a", "b"}, {"c"}, {0, 5}, 0, 5});
    CHECK(count(svg, "stroke=\"#d1d5db\"") == 2);
    CHECK(count(svg, "fill=\"#ffffff\" stroke") == 1);
    CHECK(count(svg, "#0b3c86") == 1);
  }

  TEST_CASE("heat map: names are escaped, values beyond the range clipped, NaN grey") {
    std::string svg = heat_map_svg({"<T>", "x", "y", {"&", "b"}, {"c"}, {-9, NAN}, 0, 5});
    CHECK(svg.find("<T>") == std::string::npos);
    CHECK(svg.find("&#38;") != std::string::npos);
    CHECK(count(svg, "fill=\"#ffffff\" stroke") == 1);
    CHECK(count(svg, "#bbbbbb") == 1);
  }

  TEST_CASE("heat map: texts are dark on light cells and light on dark ones, 4.5 to 1 at least") {
    HeatMap map{"T", "x", "y", {"a"}, {}, {}, 0, 100};
    for (int i = 0; i <= 100; ++i)
      map.rows.push_back(""), map.values.push_back(i), map.texts.push_back("t");
    std::string svg = heat_map_svg(map);
    auto colour_after = [&](size_t& at, const std::string& mark) {
      at = svg.find(mark, at) + mark.size();
      return svg.substr(at + svg.substr(at).find('#'), 7);
    };
    size_t at = svg.find("</title>");
    at = svg.find("/>", at);  // past the sheet
    for (int i = 0; i <= 100; ++i) {
      double ground = luminance(colour_after(at, "<rect")),
             ink = luminance(colour_after(at, "<text"));
      CAPTURE(i);
      CHECK((std::max(ground, ink) + 0.05) / (std::min(ground, ink) + 0.05) > 4.5);
    }
  }

  TEST_CASE("heat map: up to twenty columns it is no wider than a phone can show") {
    for (const char* name : {"10", "house"}) {
      HeatMap map{"T", "x", "y", std::vector<std::string>(20, name), {"house"}, {}};
      map.values.assign(20, 0.5);
      std::string svg = heat_map_svg(map), mark = "width=\"";
      CHECK(std::stoi(svg.substr(svg.find(mark) + mark.size())) <= 600);
    }
  }

  TEST_CASE("heat map: what the columns are called has room on the sheet") {
    const std::string label = "one column and a name much longer than that";
    std::string svg = heat_map_svg({"T", label, "", {"a"}, {"b"}, {1}}), mark = "width=\"";
    CHECK(std::stod(svg.substr(svg.find(mark) + mark.size())) > svg_text_width(label));
  }

  TEST_CASE("heat map: short names of columns stand upright, long ones aslant") {
    CHECK(heat_map_svg({"T", "", "", {"a", "10"}, {"c"}, {0, 5}}).find("rotate") ==
          std::string::npos);
    CHECK(count(heat_map_svg({"T", "", "", {"house", "10"}, {"c"}, {0, 5}}), "rotate(-60)") == 2);
  }

  TEST_CASE("heat map: a number of values that does not fit is refused") {
    CHECK(error_of([] {
            heat_map_svg({"T", "x", "y", {"a"}, {"b"}, {1, 2}});
          }) == "heat_map: 2 values and 0 texts for 1 rows and 1 columns");
  }
}
