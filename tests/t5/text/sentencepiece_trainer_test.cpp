// Training a vocabulary: no line of the text is lost, and every refusal is in our words.
#include <doctest/doctest.h>
#include <fmt/core.h>

#include <string>
#include <vector>

#include "t5/text/tokenizer.h"
#include "tensor/error.h"

namespace t5 {
namespace {

using doctest::Contains;
using Strings = std::vector<std::string>;

// Lines of which every second one has the word "zebra", and `odd` beside it.
Strings lines_with(const std::string& odd) {
  Strings lines;
  for (int i = 0; i < 60; ++i) {
    lines.push_back(fmt::format("the cat number {} sleeps", i));
    lines.push_back(fmt::format("a zebra {} {} jumps", i, odd));
  }
  return lines;
}

std::string zebra_pieces(const Strings& lines) {
  auto t = make_sentencepiece_tokenizer(train_sentencepiece(lines, {.vocab_size = 60}), "t");
  std::string joined;
  for (int32_t id : t->encode("zebra")) joined += t->piece(id) + "|";
  return joined;
}

std::string refusal(const Strings& lines, const TrainTokenizerOptions& options) {
  try {
    train_sentencepiece(lines, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_SUITE("07-tokens") {
  TEST_CASE("training leaves no line out, whatever odd character stands in it") {
    const Strings odd = {"▅",       "x▅y▅▅z",    std::string(1, '\0'),
                         "▁",       "\t",        "\uFFFD",
                         "\uFEFF",  "\u2047",    "\u0085",
                         "\u2028",  "\u200b",    "<unk>",
                         "</s><s>", "<pad>",     "\x05",
                         "\xff",    "\U0010FFFF"};
    REQUIRE(zebra_pieces(lines_with("#")) == "▁zebra|</s>|");
    for (const std::string& text : odd) {
      CAPTURE(text);
      CHECK(zebra_pieces(lines_with(text)) == "▁zebra|</s>|");
    }
  }

  TEST_CASE("lines of which training can use nothing are no text") {
    for (const char* text : {"▅", "▅▅", " ▅\t▅ ", "\u200b▅", "\x01\x02", "▁ ▁"}) {
      CAPTURE(text);
      CHECK(refusal(Strings(50, text), {.vocab_size = 8}) ==
            "train_sentencepiece: there is no text to train on");
    }
  }

  TEST_CASE("training's bounds are those of its options, and inclusive") {
    using Options = TrainTokenizerOptions;
    Strings lines = lines_with("#");
    for (double coverage : {0.9799, 1.0001, 0.0, -1.0})
      CHECK_THROWS_WITH_AS(train_sentencepiece(lines, {.character_coverage = coverage}),
                           Contains("is not from 0.98 to 1"), Error);
    for (double coverage : {Options::kMinCoverage, 1.0})
      CHECK(refusal(lines, {.vocab_size = 60, .character_coverage = coverage}) == "");
    for (int64_t size : {int64_t{-1}, Options::kMinVocabulary - 1, Options::kMaxVocabulary + 1})
      CHECK_THROWS_WITH_AS(train_sentencepiece(lines, {.vocab_size = size}),
                           Contains("is not from 4 to 1048576"), Error);
    CHECK_THROWS_WITH_AS(train_sentencepiece(lines, {.vocab_size = Options::kMaxVocabulary}),
                         Contains("is too large for this text"), Error);
  }

  TEST_CASE("whatever size is asked for of whatever text, the answer is a vocabulary or a size") {
    const Strings texts = {
        "a",           "aa", "ab",      "ab ab", "今天天气真好",
        "a b c d e f", "é",  "1 2 3 4", "😊 😊",   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (const std::string& text : texts)
      for (int64_t size : {4, 5, 6, 7, 8, 12, 40}) {
        CAPTURE(text);
        CAPTURE(size);
        std::string message = refusal(Strings(3, text), {.vocab_size = size});
        bool told = message.empty() || message.find("ask for ") != message.npos;
        CHECK_MESSAGE(told, message);
      }
  }
}

}  // namespace t5
