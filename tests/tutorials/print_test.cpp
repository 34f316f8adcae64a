// What a failing test prints: values, not addresses.
#include <doctest/doctest.h>

#include <string>

#include "tests/t5/cli/workspace.h"

using doctest::toString;

TEST_SUITE("course") {
  TEST_CASE("reports print vectors, pairs, spans, shapes and C strings as values") {
    std::vector<int64_t> ids{3, 1, 4};
    CHECK(toString(ids) == "{3, 1, 4}");
    CHECK(toString(std::vector<std::vector<int>>{{1}, {}}) == "{{1}, {}}");
    CHECK(toString(std::vector<std::string>{"a", "b"}) == "{a, b}");
    CHECK(toString(std::span<const int64_t>(ids)) == "{3, 1, 4}");
    CHECK(toString(std::map<std::string, int>{{"one", 1}}) == "{(one, 1)}");
    CHECK(toString(std::optional<int>(7)) == "7");
    CHECK(toString(std::optional<int>()) == "nothing");
    CHECK(toString(t5::Shape{2, 3}) == "(2, 3)");
    const char* token = "▁the";
    CHECK(toString(token) == "▁the");
    CHECK(toString(static_cast<const char*>(nullptr)) == "a null pointer");
    std::string text = toString(std::vector<int>(100, 5)).c_str();
    CHECK(text.ends_with("5, 5, … 100 in all}"));
    CHECK(text.size() < 150);
  }

  TEST_CASE("a command's status that was not expected is printed with what the command said") {
    t5::test::Status status{1, "t5: train.tsv:17: no tab\n"};
    CHECK(status == 1);
    CHECK(toString(status) == "1 with \"t5: train.tsv:17: no tab\n\"");
  }
}
