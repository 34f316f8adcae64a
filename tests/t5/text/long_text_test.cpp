// Texts and vocabularies of unusual size and kind: long ones, and those that do not fit each other.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "t5/text/tokenizer.h"
#include "t5/text/unigram.h"
#include "t5/text/unknown_share.h"
#include "tensor/error.h"
#include "tensor/random.h"

namespace t5 {
namespace {

using doctest::Contains;
using Ids = std::vector<int32_t>;

// abc is a|bc or ab|c, equally good but for roundings; sentences have blanks or not.
PieceModel vocabulary() {
  PieceModel model;
  model.pieces = {{"<unk>", 0, PieceType::kUnknown},
                  {"a", -0.1F},
                  {"bc", -0.5F},
                  {"ab", -0.3F},
                  {"c", -0.3F},
                  {"b", -3},
                  {"▁", -1.7F},
                  {"▁a", -2.3F},
                  {"c▁a", -2.9F},
                  {"好", -2},
                  {"天天", -2.5F}};
  return model;
}

std::string repeated(const std::string& unit, size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += unit;
  return text;
}

// What segment, which looks at the whole, says of a text.
Ids ids_of_whole(const Unigram& unigram, const std::string& text) {
  Ids ids;
  for (const Part& part : unigram.segment(text))
    if (part.id != 0 || ids.empty() || ids.back() != 0) ids.push_back(part.id);
  return ids;
}

std::unique_ptr<Tokenizer> english() {
  std::vector<std::string> lines;
  for (int i = 0; i < 200; ++i) lines.push_back("the cat and the dog sleep near the old house");
  return make_sentencepiece_tokenizer(train_sentencepiece(lines, {.vocab_size = 34}), "english");
}

double share(const std::string& text) {
  static const auto tokenizer = english();
  return unknown_share(*tokenizer, text, tokenizer->encode(text));
}

}  // namespace

TEST_SUITE("07-tokens") {
  TEST_CASE("a long text, which is cut run by run, gets the ids of the whole") {
    Unigram unigram(vocabulary(), 0);
    std::vector<std::string> texts = {repeated("abc", 200'000),      repeated("▁abc", 300'000),
                                      repeated("abcé", 200'000),     repeated("é", 140'000),
                                      repeated("a", 70'000),         repeated("天天好天", 200'000),
                                      repeated("天", 200'000),       repeated("c▁a", 140'000),
                                      repeated("ab", (1 << 16) + 1), std::string(1 << 16, 'b')};
    Random random(5);
    std::string mixed;
    const std::vector<std::string> units = {"a", "b", "c", "▁", "天", "好", "é", "abc"};
    while (mixed.size() < 400'000) mixed += units[random.below(std::ssize(units))];
    texts.push_back(mixed);
    for (const std::string& text : texts) {
      CAPTURE(text.substr(0, 12));
      Ids ids;
      unigram.encode(text, ids);
      CHECK(ids == ids_of_whole(unigram, text));
    }
  }

  TEST_CASE("a piece of more than 1,000 bytes, with which time would grow, is refused") {
    PieceModel model = vocabulary();
    model.pieces.push_back({std::string(1000, 'a'), -1});
    CHECK_NOTHROW(check_piece_model(model, "long"));
    model.pieces.push_back({std::string(1001, 'b'), -1});
    CHECK_THROWS_WITH_AS(check_piece_model(model, "long"),
                         Contains("long: not a SentencePiece model: piece 12 has 1001 bytes"),
                         Error);
  }

  TEST_CASE("the unknown share of a text counts its characters, not the <unk> in their place") {
    CHECK(share("the old house") == 0);
    CHECK(share("") == 0);
    CHECK(share("今天天气真好") == 1);
    CHECK(share("  今天\u3000 ") == 1);
    CHECK(share("the 今天天气真好") == doctest::Approx(6.0 / 9));
    CHECK(share("cat 今天") == doctest::Approx(2.0 / 5));
    CHECK(share("<extra_id_0> 今天") == doctest::Approx(2.0 / 14));
    auto bytes = make_byte_tokenizer();
    CHECK(unknown_share(*bytes, "今天", bytes->encode("今天")) == 0);
  }

  TEST_CASE("whoever watches a tokenizer gets every text and its ids") {
    auto tokenizer = english();
    std::vector<std::string> texts;
    Ids seen;
    tokenizer->watch([&](std::string_view text, std::span<const int32_t> ids) {
      texts.emplace_back(text);
      seen.insert(seen.end(), ids.begin(), ids.end());
    });
    Ids expected = tokenizer->encode_without_eos("the cat");
    tokenizer->encode("dog<extra_id_0>");
    CHECK(texts == std::vector<std::string>{"the cat", "dog<extra_id_0>"});
    CHECK(Ids(seen.begin(), seen.begin() + std::ssize(expected)) == expected);
    CHECK(seen.back() == tokenizer->sentinel(0));
  }
}

}  // namespace t5
