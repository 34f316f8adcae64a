// Metrics of texts, by examples worked out by hand.
#include "t5/metrics/answers.h"

#include <doctest/doctest.h>

#include "tests/support.h"

using namespace t5;
using t5::testing::error_of;

TEST_SUITE("metrics") {
  TEST_CASE("exact match: the share of equal words in order; white space does not count") {
    CHECK(exact_match({"le chat", "le chat", "le  chat \n", "chat le", "Le chat"},
                      {"le chat", "le chien", "le chat", "le chat", "le chat"}) == 2 / 5.0);
    CHECK(exact_match({"le chat dort"}, {"le chat"}) == 0);
    CHECK(exact_match({" "}, {""}) == 1);
  }

  TEST_CASE("exact match: a missing prediction is a mistake of the caller, and so is none at all") {
    CHECK(error_of([] {
            exact_match({"a"}, {"a", "b"});
          }) == "exact match: 1 predictions for 2 references");
    CHECK(error_of([] { exact_match({}, {}); }) == "exact match: 0 predictions for 0 references");
  }
}
