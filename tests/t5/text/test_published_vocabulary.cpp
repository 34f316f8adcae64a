// The published T5 vocabulary and its 1,995 recorded encodings, which are not part of this project:
// the files spiece.model and cases.json are looked for in $T5_VOCABULARY, else in
// ../shared/data/t5-vocabulary. Without them these tests say so and check nothing.
#include <doctest/doctest.h>
#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "t5/files/json.h"
#include "t5/text/tokenizer.h"
#include "tensor/error.h"

namespace t5 {
namespace {

using Ids = std::vector<int32_t>;

// The directory of the vocabulary; empty, with a word on stderr, when it is not here.
std::string vocabulary() {
  const char* given = std::getenv("T5_VOCABULARY");
  std::string directory = given != nullptr ? given : "../shared/data/t5-vocabulary";
  if (std::filesystem::exists(directory + "/cases.json")) return directory;
  fmt::print(stderr,
             "NOT TESTED: {}/cases.json is missing; set T5_VOCABULARY to check T5's own "
             "vocabulary\n",
             directory);
  return "";
}

}  // namespace

TEST_SUITE("07-tokens") {
  TEST_CASE("1,995 texts encode and decode as published (when the vocabulary is there)") {
    std::string directory = vocabulary();
    if (directory.empty()) return;
    auto t = load_tokenizer(directory);
    Json cases = read_json(directory + "/cases.json");
    CHECK(cases.size() == 1995);
    int wrong_ids = 0, wrong_text = 0;
    for (const Json& item : cases) {
      Ids ids = item.at(1).get<Ids>();
      wrong_ids += t->encode(item.at(0).get<std::string>()) != ids;
      wrong_text += t->decode(ids, {.skip_special = false, .clean_up = true}) !=
                    item.at(2).get<std::string>();
    }
    CHECK(wrong_ids == 0);
    CHECK(wrong_text == 0);
  }

  TEST_CASE("known encodings of the published vocabulary (when it is there)") {
    std::string directory = vocabulary();
    if (directory.empty()) return;
    auto t = load_tokenizer(directory + "/spiece.model");
    CHECK(t->vocab_size() == 32100);
    CHECK(t->sentinel(0) == 32099);
    CHECK(t->piece(4) == "X");
    CHECK(t->encode("Hello there") == Ids{8774, 132, 1});
    CHECK(t->encode("A beautiful candle.") == Ids{71, 786, 14788, 5, 1});
    CHECK(t->encode("translate English to German: The house is wonderful.") ==
          Ids{13959, 1566, 12, 2968, 10, 37, 629, 19, 1627, 5, 1});
    CHECK(t->encode("This is a test 😊") == Ids{100, 19, 3, 9, 794, 3, 2, 1});
    CHECK(t->encode("{x} ~ ``") == t->encode("{x}\n~\t{}"));
    CHECK(t->encode("{x} ~ `") == Ids{3, 2, 226, 2, 3, 2, 3, 2, 1});
    CHECK(t->encode("ﬁne ½ ① Ａ") == Ids{1399, 209, 2, 357, 209, 71, 1});
    CHECK(t->encode("</s> x") == Ids{1, 3, 226, 1});
    CHECK(t->encode("Hello</s>") == Ids{8774, 1});
  }

  TEST_CASE("the published vocabulary after a sentinel, corrected and legacy (when it is there)") {
    std::string directory = vocabulary();
    if (directory.empty()) return;
    auto t = load_tokenizer(directory), legacy = load_tokenizer(directory, {.legacy = true});
    CHECK(t->encode("<extra_id_0>. Hello") == Ids{32099, 5, 8774, 1});
    CHECK(legacy->encode("<extra_id_0>. Hello") == Ids{32099, 3, 5, 8774, 1});
    CHECK(t->encode("Hello<extra_id_0> world") == Ids{8774, 32099, 296, 1});
    CHECK(legacy->encode("Hello<extra_id_0>world") == Ids{8774, 32099, 296, 1});
    Ids corrected = t->encode("Hello<extra_id_0>world");
    CHECK(corrected != legacy->encode("Hello<extra_id_0>world"));
    CHECK(t->decode(corrected, {.skip_special = false}) == "Hello<extra_id_0>world</s>");
  }
}

}  // namespace t5
