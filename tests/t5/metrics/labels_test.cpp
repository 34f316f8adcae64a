// Labels, by tables worked out by hand.
#include "t5/metrics/labels.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace t5;
using doctest::Approx;

namespace {

// Two labels: right yes and said yes, and so on.
Confusion yes_no(int64_t yes_yes, int64_t yes_no, int64_t no_yes, int64_t no_no) {
  return {{"no", "yes"}, {no_no, no_yes, yes_no, yes_yes}};
}

}  // namespace

TEST_SUITE("17-evaluation") {
  TEST_CASE("Matthews: of two labels, the correlation of 0s and 1s") {
    double tp = 6, fn = 2, fp = 1, tn = 3;
    double expected =
        (tp * tn - fp * fn) / std::sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
    CHECK(matthews(yes_no(6, 2, 1, 3)) == Approx(expected));
  }

  TEST_CASE("Matthews: 1 when all is right, -1 when all is exchanged") {
    CHECK(matthews(yes_no(5, 0, 0, 2)) == Approx(1));
    CHECK(matthews(yes_no(0, 5, 2, 0)) == Approx(-1));
    CHECK(matthews({{"a", "b", "c"}, {1, 0, 0, 0, 2, 0, 0, 0, 3}}) == Approx(1));
  }

  TEST_CASE("Matthews: 0 for guessing, however often one label is right") {
    CHECK_MESSAGE(matthews(yes_no(0, 5, 0, 95)) == 0,
                  "always no is right 95 times of 100, and says nothing");
    CHECK_MESSAGE(
        matthews(yes_no(5, 0, 0, 0)) == 0,
        "where only one label occurs there is nothing to correlate: 0, not a quotient of 0");
    CHECK(matthews(yes_no(9, 1, 81, 9)) == Approx(0));
  }

  TEST_CASE("Matthews: of three labels, rows and columns weigh in") {
    // s = 9, c = 5; rows 3, 3, 3; columns 2, 4, 3
    Confusion c{{"a", "b", "c"}, {2, 1, 0, 0, 1, 2, 0, 2, 1}};
    CHECK(c.diagonal() == 4);
    CHECK(matthews(c) == Approx((4.0 * 9 - (3 * 2 + 3 * 4 + 3 * 3)) /
                                std::sqrt((81.0 - 27) * (81.0 - (4 + 16 + 9)))));
  }
}

TEST_SUITE("metrics") {
  TEST_CASE("confusion: a row is the right label, a column what was said; both are sorted") {
    Confusion c = confusion({"b", "b", "a", "b"}, {"b", "a", "a", "?"});
    CHECK(c.labels == std::vector<std::string>{"?", "a", "b"});
    CHECK(c.counts == std::vector<int64_t>{0, 0, 0, 0, 1, 0, 1, 1, 1});
    CHECK(accuracy(c) == 0.5);
    CHECK(micro_f1(c) == 0.5);
    CHECK(class_scores(c, 2).precision == 1);
    CHECK(class_scores(c, 2).recall == Approx(1.0 / 3));
    CHECK(class_scores(c, 0).f1 == 0);
    CHECK(macro_average(c).f1 == Approx((0 + 2.0 / 3 + 0.5) / 3));
    CHECK(weighted_average(c).f1 == Approx((2.0 / 3 * 1 + 0.5 * 3) / 4));
  }

  TEST_CASE("the confusion matrix as text has a row for each right label") {
    CHECK(confusion_text(confusion({"é", "é", "no"}, {"é", "no", "no"})) ==
          "right \\ predicted no  é\n"
          "               no  1  0\n"
          "                é  1  1\n");
  }

  TEST_CASE("the confusion matrix as a picture: shares of the rows, counts written in") {
    HeatMap map = confusion_picture(confusion({"a", "a", "a", "b"}, {"a", "b", "a", "b"}));
    CHECK(map.values == std::vector<double>{2.0 / 3, 1.0 / 3, 0, 1});
    CHECK(map.texts == std::vector<std::string>{"2", "1", "0", "1"});
    CHECK(heat_map_svg(map).find("predicted") != std::string::npos);
  }
}
