// Heat maps: what a reader of the picture relies on.
#include "t5/report/heat_map.h"

#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

int64_t count(const std::string& text, const std::string& part) {
  int64_t found = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++found;
  return found;
}

}  // namespace

TEST_SUITE("14-training") {
  TEST_CASE("heat map: a cell per value, white at the low end, dark at the high one") {
    std::string svg = heat_map_svg({"T", "x", "y", {"a", "b"}, {"c"}, {0, 5}, 0, 5});
    CHECK(count(svg, "stroke=\"#ddd\"") == 2);
    CHECK(count(svg, "#ffffff") == 1);
    CHECK(count(svg, "#1e3a8a") == 1);
  }

  TEST_CASE("heat map: names are escaped, values beyond the range clipped, NaN grey") {
    std::string svg = heat_map_svg({"<T>", "x", "y", {"&", "b"}, {"c"}, {-9, NAN}, 0, 5});
    CHECK(svg.find("<T>") == std::string::npos);
    CHECK(svg.find("&#38;") != std::string::npos);
    CHECK(count(svg, "#ffffff") == 1);
    CHECK(count(svg, "#bbbbbb") == 1);
  }

  TEST_CASE("heat map: a number of values that does not fit is refused") {
    CHECK(error_of([] {
            heat_map_svg({"T", "x", "y", {"a"}, {"b"}, {1, 2}});
          }) == "heat_map: 2 values and 0 texts for 1 rows and 1 columns");
  }
}
