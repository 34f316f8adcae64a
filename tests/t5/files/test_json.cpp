// Parsing JSON that was not written by us, and the checked getters.
#include <doctest/doctest.h>

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "t5/files/json.h"
#include "t5/text/lines.h"
#include "tensor/error.h"
#include "tests/support.h"
#include "tests/t5/files/temporary_directory.h"

namespace t5 {
using doctest::Contains;

TEST_SUITE("files") {
  TEST_CASE("invalid JSON names the file, the line and the reason") {
    TemporaryDirectory directory;
    std::string path = directory.file("config.json", "{\n  \"d_model\": 512,\n  \"d_ff\" 2048\n}");
    CHECK_THROWS_WITH_AS(read_json(path),
                         Contains((path + ":3: not valid JSON: syntax error").c_str()), Error);
    CHECK_THROWS_WITH_AS(parse_json("", "x"), Contains("x: not valid JSON"), Error);
    CHECK_THROWS_WITH_AS(parse_json("{} {}", "x"), Contains("x: not valid JSON"), Error);
    CHECK_THROWS_WITH_AS(parse_json("\"\xff\"", "x"), Contains("x: not valid JSON"), Error);
    CHECK_THROWS_WITH_AS(parse_json("1e999", "x"), Contains("x: not valid JSON"), Error);
  }

  TEST_CASE("a key given twice in one object is refused, in two objects it is not") {
    CHECK_THROWS_WITH_AS(parse_json(R"({"a": {"b": 1, "b": 2}})", "x"),
                         "x: the key \"b\" appears twice", Error);
    CHECK_NOTHROW(parse_json(R"([{"a": {"a": 1}, "b": 2}, {"a": 1, "b": 2}])", "x"));
  }

  TEST_CASE("nesting is bounded: 64 levels parse, a million do not overflow the stack") {
    auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    CHECK_NOTHROW(parse_json(nested(64), "x"));
    CHECK_THROWS_WITH_AS(parse_json(nested(65), "x"), "x: nested deeper than 64 levels", Error);
    CHECK_THROWS_AS(parse_json(nested(1000000), "x"), Error);
  }

  // With a callback of ours nlohmann-json looked through all keys again after each value: minutes.
  TEST_CASE("600,000 keys take time in proportion, whatever they hold") {
    auto seconds = [](int keys) {
      std::string text = "{";
      for (int i = 0; i < keys; ++i)
        text += fmt::format("{}\"key {}\": {}", i > 0 ? "," : "", i, i % 2 == 0 ? "{}" : "[1]");
      auto begin = std::chrono::steady_clock::now();
      CHECK(parse_json(text + "}", "x").size() == static_cast<size_t>(keys));
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    };
    double few = std::min(seconds(60'000), seconds(60'000));
    CHECK(seconds(600'000) < 50 * few);  // a hundred times if each key is compared with all
  }

  TEST_CASE("the number of values is bounded, wherever they are") {
    auto zeros = [](int64_t count) {
      std::string text = "[0";
      for (int64_t i = 1; i < count; ++i) text += ",0";
      return text + "]";
    };
    CHECK_NOTHROW(parse_json(zeros((1 << 21) - 1), "x"));
    CHECK_THROWS_WITH_AS(parse_json(zeros(1 << 21), "x"),
                         "x: more than 2097152 values; is it the right file?", Error);
    CHECK_THROWS_AS(parse_json("{\"a\":[" + zeros(1 << 20) + "," + zeros(1 << 20) + "]}", "x"),
                    Error);
  }

  TEST_CASE("a message quotes no more than the beginning and the end of what it found") {
    std::string long_text;
    for (int i = 0; i < 100'000; ++i) long_text += "é";
    JsonObject object(Json{{"kind", long_text}}, "x");
    for (const std::string& message :
         {testing::error_of([&] { parse_json("{\"" + long_text, "x"); }),
          testing::error_of([&] { parse_json("{\"" + long_text + "\": 1 2}", "x"); }),
          testing::error_of([&] { object.integer(long_text, 0, 1); }),
          testing::error_of([&] { fail("x: '{}' is not known", long_text); }),
          testing::error_of([&] { fail("x: a'{}' is not known", long_text); })}) {
      CHECK(message.starts_with("x: "));
      CHECK(message.size() <= 1000);
      CHECK(find_invalid_utf8(message) == message.npos);
    }
    CHECK(testing::error_of([&] { fail("{}", std::string(1000, 'a')); }).size() == 1000);
    CHECK(testing::error_of([&] {
            fail("'{}' is no name", std::string(999, 'a'));
          }).ends_with("aaa' is no name"));
  }

  TEST_CASE("getters return values within their bounds") {
    JsonObject object(parse_json(R"({"i": 5, "n": 1e-6, "b": true, "s": "é", "a": [1, 2],
                                     "o": {"i": 1}, "null": null})",
                                 "x"),
                      "x");
    CHECK(object.integer("i", 5, 5) == 5);
    CHECK(object.number("n", 0, 1) == 1e-6);
    CHECK(object.number("i", 0, 10) == 5);
    CHECK(object.boolean("b"));
    CHECK(object.string("s") == "é");
    CHECK(object.integers("a", 1, 2) == std::vector<int64_t>{1, 2});
    CHECK(object.object("o").integer("i", 0, 1) == 1);
    CHECK(object.has("i"));
    CHECK(!object.has("null"));
  }

  TEST_CASE("an absent or null key gives the fallback") {
    JsonObject object(parse_json(R"({"null": null, "there": 3})", "x"), "x");
    for (const char* key : {"null", "absent"}) {
      CHECK(object.integer(key, 0, 9, 7) == 7);
      CHECK(object.number(key, 0, 1, 0.5) == 0.5);
      CHECK(object.boolean(key, true));
      CHECK(object.string(key, "f") == "f");
    }
    CHECK(object.integer("there", 0, 9, 7) == 3);
  }

  TEST_CASE("a wrong value names the file, the key, the bounds and what was found") {
    JsonObject object(parse_json(R"({"d_model": -3, "half": 0.5, "big": 18446744073709551615,
                                     "s": "x", "o": {"k": [3, 4]}})",
                                 "c"),
                      "config.json");
    CHECK_THROWS_WITH_AS(object.integer("d_model", 1, 1048576),
                         "config.json: d_model: expected an integer from 1 to 1048576, found -3",
                         Error);
    CHECK_THROWS_WITH_AS(object.integer("d_model", 1, 9, 5), Contains("found -3"), Error);
    CHECK_THROWS_WITH_AS(object.integer("half", 0, 1), Contains("found 0.5"), Error);
    CHECK_THROWS_WITH_AS(object.integer("big", INT64_MIN, INT64_MAX),
                         Contains("found 18446744073709551615"), Error);
    CHECK_THROWS_WITH_AS(object.integer("none", 0, 1),
                         "config.json: none: expected an integer from 0 to 1, found nothing",
                         Error);
    CHECK_THROWS_WITH_AS(object.number("half", 0.6, 1),
                         "config.json: half: expected a number from 0.6 to 1, found 0.5", Error);
    CHECK_THROWS_WITH_AS(object.boolean("s"), "config.json: s: expected true or false, found \"x\"",
                         Error);
    CHECK_THROWS_WITH_AS(object.string("half"), Contains("expected a string, found 0.5"), Error);
    CHECK_THROWS_WITH_AS(object.object("o").integers("k", 0, 3),
                         "config.json: o: k: expected an integer from 0 to 3, found 4", Error);
    CHECK_THROWS_WITH_AS(object.object("s"), Contains("expected a JSON object, found \"x\""),
                         Error);
    CHECK_THROWS_WITH_AS(JsonObject(Json::array(), "y"),
                         "y: expected a JSON object, found an array", Error);
  }

  TEST_CASE("json_text writes what parse_json reads, and refuses text that is not UTF-8") {
    Json value = {{"b", {1, 2.5, "é"}}, {"a", nullptr}};
    CHECK(parse_json(json_text(value), "x") == value);
    CHECK(json_text(value).ends_with("}\n"));
    CHECK_THROWS_AS(json_text(Json("\xff")), Error);
  }
}

}  // namespace t5
