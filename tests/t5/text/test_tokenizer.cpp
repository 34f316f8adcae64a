// Tokenizers: a small vocabulary trained here, bytes, and what they share.
#include <doctest/doctest.h>
#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "t5/files/atomic_file.h"
#include "t5/files/json.h"
#include "t5/text/tokenizer.h"
#include "tensor/random.h"
#include "tests/t5/files/temporary_directory.h"

namespace t5 {
namespace {

using doctest::Contains;
using Ids = std::vector<int32_t>;

constexpr int32_t kPieces = 44;  // of the vocabulary trained here

// Sentences enough for that vocabulary, the same on every machine.
std::vector<std::string> corpus() {
  const std::vector<std::string> words = {"the",       "house",  "garden", "is",       "was",
                                          "wonderful", "small",  "green",  "water",    "under",
                                          "stone",     "bridge", "and",    "children", "sing",
                                          "singing",   "house,", "old",    "older",    "winter."};
  Random random(7);
  std::vector<std::string> lines;
  for (int i = 0; i < 400; ++i) {
    std::string line;
    for (int w = 0; w < 8; ++w)
      line += (w > 0 ? " " : "") + words[random.below(static_cast<int64_t>(words.size()))];
    lines.push_back(line);
  }
  return lines;
}

const std::string& model() {
  static const std::string serialized = train_sentencepiece(corpus(), {.vocab_size = kPieces});
  return serialized;
}

std::unique_ptr<Tokenizer> small(const TokenizerOptions& options = {}) {
  return make_sentencepiece_tokenizer(model(), "small", options);
}

// The pieces of a text, separated by bars.
std::string pieces(const Tokenizer& tokenizer, const std::string& text) {
  std::string joined;
  for (int32_t id : tokenizer.encode(text)) joined += tokenizer.piece(id) + "|";
  return joined;
}

std::string all(const Tokenizer& tokenizer, const Ids& ids) {
  return tokenizer.decode(ids, {.skip_special = false});
}

}  // namespace

TEST_SUITE("07-tokens") {
  TEST_CASE(
      "a trained vocabulary has T5's special ids, and its sentinels descend after the pieces") {
    auto t = small();
    CHECK(t->vocab_size() == kPieces + 100);
    CHECK(t->pad_id() == 0);
    CHECK(t->eos_id() == 1);
    CHECK(t->unk_id() == 2);
    CHECK(t->sentinel(0) == kPieces + 99);
    CHECK(t->sentinel(99) == kPieces);
    CHECK(t->piece(0) + t->piece(1) + t->piece(2) + t->piece(kPieces + 99) ==
          "<pad></s><unk><extra_id_0>");
    CHECK(small({.extra_ids = 4})->sentinel(3) == kPieces);
    CHECK(small({.extra_ids = 0})->vocab_size() == kPieces);
  }

  TEST_CASE("decode inverts encode up to white space") {
    auto t = small();
    for (const std::string& line : corpus()) CHECK(t->decode(t->encode(line)) == line);
    CHECK(t->decode(t->encode(" the\t old\n\nhouse  ")) == "the old house");
  }

  TEST_CASE("encode ends with one eos, also for the empty text and one that brings its own") {
    auto t = small();
    CHECK(t->encode("") == Ids{1});
    CHECK(t->encode(" \n") == Ids{1});
    CHECK(t->encode("the</s>") == t->encode("the"));
    CHECK(t->encode_without_eos("the").size() + 1 == t->encode("the").size());
    CHECK(t->encode_without_eos("") == Ids{});
  }

  TEST_CASE("adjacent unknown characters fuse into one <unk>, as do invalid bytes") {
    auto t = small();
    CHECK(pieces(*t, "the {}~") == pieces(*t, "the {"));
    CHECK(pieces(*t, "the {}") == "▁the|▁|<unk>|</s>|");
    CHECK(pieces(*t, "the {} {") == "▁the|▁|<unk>|▁|<unk>|</s>|");
    CHECK(pieces(*t, "\xff\xfe") == "▁|<unk>|</s>|");
  }

  TEST_CASE("special tokens in text become their ids; near misses stay text") {
    auto t = small();
    CHECK(t->encode("<pad><unk></s><extra_id_0><extra_id_99>") ==
          Ids{0, 2, 1, kPieces + 99, kPieces, 1});
    for (const char* text :
         {"<extra_id_100>", "<extra_id_00>", "<extra_id_-1>", "<extra_id_1", "<extra_id_>", "<PAD>",
          "<", "<<", "<extra_id_99999999999999999999>"}) {
      CAPTURE(text);
      for (int32_t id : t->encode_without_eos(text)) CHECK((id >= 2 && id < kPieces));
    }
    CHECK(t->encode("<<pad>>") == Ids{t->encode("<")[0], 2, 0, 2, 1});
  }

  TEST_CASE("after a sentinel, ▁ stands for white space that is there, or always in legacy form") {
    auto t = small(), legacy = small({.legacy = true});
    CHECK(pieces(*t, "<extra_id_0>, the") == "<extra_id_0>|,|▁the|</s>|");
    CHECK(pieces(*legacy, "<extra_id_0>, the") == "<extra_id_0>|▁|,|▁the|</s>|");
    CHECK(pieces(*t, "old<extra_id_0> the") == "▁old|<extra_id_0>|▁the|</s>|");
    CHECK(pieces(*legacy, "old<extra_id_0> the") == "▁old|<extra_id_0>|▁the|</s>|");
    CHECK(pieces(*t, " <extra_id_0> ") == "<extra_id_0>|</s>|");
    for (const char* space : {"\t", "\n", "\u00a0", "\u3000", "▁"})
      CHECK(pieces(*t, std::string("<extra_id_0>") + space + "the") == "<extra_id_0>|▁the|</s>|");
  }

  TEST_CASE("decode stops at the first eos, and skips or shows special tokens") {
    auto t = small();
    Ids ids = t->encode("the old<extra_id_1> house");
    CHECK(t->decode(ids) == "the old house");
    CHECK(all(*t, ids) == "the old<extra_id_1> house</s>");
    ids.insert(ids.end(), {5, 6, 7, -100});
    CHECK(t->decode(ids) == "the old house");
    CHECK(t->decode(Ids{}) == "");
    CHECK(t->decode(Ids{0, 0, 1}) == "");
    CHECK(all(*t, t->encode("<extra_id_0>,")) == "<extra_id_0>,</s>");
  }

  TEST_CASE("ids beyond the vocabulary are unknown, negative ones an error") {
    auto t = small();
    CHECK(all(*t, {kPieces + 100, 2147483647}) == "<unk><unk>");
    CHECK(t->decode(Ids{kPieces + 100}) == "");
    CHECK_THROWS_WITH_AS(t->decode(Ids{5, -100}), Contains("decode: negative id -100"), Error);
    CHECK_THROWS_WITH_AS(t->piece(kPieces + 100), "piece: id 144 is not in the vocabulary of 144",
                         Error);
    CHECK_THROWS_WITH_AS(t->piece(-1), Contains("piece: id -1"), Error);
    CHECK_THROWS_WITH_AS(t->sentinel(100),
                         "sentinel: <extra_id_100> is not one of the 100 sentinels", Error);
  }

  TEST_CASE("clean_up joins punctuation and contractions, and separates special tokens") {
    auto bytes = make_byte_tokenizer();
    auto cleaned = [&](const std::string& text) {
      return bytes->decode(bytes->encode(text), {.clean_up = true});
    };
    CHECK(cleaned("it 's old , is n't it ? yes . no !") == "it's old, isn't it? yes. no!");
    CHECK(cleaned("we 've , they 're , I 'm") == "we've, they're, I'm");
    CHECK(cleaned("a ' b") == "a'b");
    auto t = small();
    CHECK(t->decode(t->encode("<extra_id_0>, the<unk>"),
                    {.skip_special = false, .clean_up = true}) == "<extra_id_0>, the<unk> </s>");
  }

  TEST_CASE("bytes: id is the byte plus 3, sentinels ascend from 259") {
    auto t = make_byte_tokenizer();
    CHECK(t->vocab_size() == 384);
    CHECK(t->encode("hé <extra_id_0>") == Ids{107, 198, 172, 35, 259, 1});
    CHECK(t->encode("<extra_id_124>") == Ids{383, 1});
    CHECK(t->decode(t->encode(" a  b\n")) == " a  b\n");
    CHECK(all(*t, t->encode("a<pad>b")) == "a<pad>b</s>");
    CHECK(t->piece(107) + t->piece(198) + t->piece(35) + t->piece(259) ==
          "h<0xC3><0x20><extra_id_0>");
    CHECK_THROWS_WITH_AS(make_byte_tokenizer(-1), Contains("extra_ids -1"), Error);
  }

  TEST_CASE("bytes that are not UTF-8 are dropped when decoding") {
    auto t = make_byte_tokenizer();
    CHECK(t->decode(Ids{0xe2 + 3, 0x82 + 3, 'A' + 3, 0xff + 3, 'B' + 3}) == "AB");
    for (const char* text : {"été", "▁ 中文", "😊"}) CHECK(t->decode(t->encode(text)) == text);
    std::string every;
    for (int byte = 0; byte < 256; ++byte) every.push_back(static_cast<char>(byte));
    Ids ids = t->encode(every);
    REQUIRE(ids.size() == 257);
    for (int byte = 0; byte < 256; ++byte) CHECK(ids[byte] == byte + 3);
  }

  TEST_CASE("training twice gives the same bytes") {
    CHECK(train_sentencepiece(corpus(), {.vocab_size = kPieces}) == model());
  }

  TEST_CASE("a word in every line becomes a piece, even if no other word shares a part of it") {
    std::vector<std::string> lines;
    for (const std::string& line : corpus()) lines.push_back("xylograph " + line);
    auto t = make_sentencepiece_tokenizer(train_sentencepiece(lines, {.vocab_size = kPieces}), "t");
    auto ids = t->encode("xylograph");
    REQUIRE(ids.size() == 2);
    CHECK(t->piece(ids[0]) == "▁xylograph");
  }

  TEST_CASE("training reads long lines to their end") {
    std::string line;
    for (const std::string& part : corpus()) line += part + " ";
    REQUIRE(line.size() > 10000);
    auto t = make_sentencepiece_tokenizer(
        train_sentencepiece({"", line + "zz"}, {.vocab_size = kPieces}), "t");
    CHECK(t->decode(t->encode("zzz")) == "zzz");
  }

  TEST_CASE("training survives a word of 50,000 letters") {
    Random random(3);
    std::string word;
    for (int i = 0; i < 50000; ++i)
      word += random.below(9) == 0 ? "é" : std::string(1, static_cast<char>('a' + random.below(9)));
    auto t = make_sentencepiece_tokenizer(train_sentencepiece({word}, {.vocab_size = 20}), "t");
    CHECK(t->decode(t->encode(word)) == word);
  }

  TEST_CASE("training cuts a long word between characters, not within one") {
    std::string word = "a";
    for (int i = 0; i < 5000; ++i) word += "é";
    // ▁, a and é beside the three special tokens: half an é would be a seventh piece.
    CHECK_NOTHROW(train_sentencepiece({word}, {.vocab_size = 6}));
  }

  TEST_CASE("too large a vocabulary names the largest possible one, which works") {
    std::string message;
    try {
      train_sentencepiece(corpus(), {.vocab_size = 5000});
    } catch (const Error& error) {
      message = error.what();
    }
    std::string before =
        "train_sentencepiece: a vocabulary of 5000 is too large for this text, which gives at "
        "most ";
    REQUIRE(message.starts_with(before));
    int64_t largest = std::stoll(message.substr(before.size()));
    CHECK(message.ends_with(fmt::format("pieces; ask for {} or give more text", largest)));
    auto t = make_sentencepiece_tokenizer(train_sentencepiece(corpus(), {.vocab_size = largest}),
                                          "largest", {.extra_ids = 0});
    CHECK(t->vocab_size() == largest);
  }

  TEST_CASE("training refuses no text, too few pieces and a coverage out of range") {
    CHECK_THROWS_WITH_AS(train_sentencepiece({}), Contains("there is no text"), Error);
    CHECK_THROWS_WITH_AS(train_sentencepiece({"", " \t", "\u00a0▁\u3000\u200b"}),
                         Contains("there is no text"), Error);
    CHECK_THROWS_WITH_AS(train_sentencepiece(corpus(), {.vocab_size = 3}),
                         Contains("vocabulary size 3 is not from 4"), Error);
    CHECK_THROWS_WITH_AS(train_sentencepiece(corpus(), {.vocab_size = 10}),
                         Contains("too small for the characters of this text; ask for at least"),
                         Error);
    CHECK_THROWS_WITH_AS(train_sentencepiece(corpus(), {.character_coverage = 0.5}),
                         Contains("character coverage 0.5 is not from 0.98 to 1"), Error);
  }

  TEST_CASE("a saved directory and its model file load, with the number of sentinels it names") {
    TemporaryDirectory directory;
    save_sentencepiece(directory / "new/model", model(), 7);
    auto t = load_tokenizer(directory / "new/model");
    CHECK(t->vocab_size() == kPieces + 7);
    CHECK(t->encode("the old<extra_id_6>") ==
          small({.extra_ids = 7})->encode("the old<extra_id_6>"));
    CHECK(load_tokenizer(directory / "new/model", {.extra_ids = 9})->vocab_size() == kPieces + 9);
    CHECK(load_tokenizer(directory / "new/model/spiece.model")->vocab_size() == kPieces + 100);
    Json config = read_json(directory / "new/model/tokenizer_config.json");
    CHECK(config["tokenizer_class"] == "T5Tokenizer");
    CHECK(config["additional_special_tokens"].size() == 7);
    save_byte_tokenizer(directory / "bytes", 5);
    CHECK(load_tokenizer(directory / "bytes")->vocab_size() == 264);
    directory.file("bytes/tokenizer_config.json", "{\"tokenizer_class\": \"ByT5Tokenizer\"}");
    CHECK(load_tokenizer(directory / "bytes")->vocab_size() == 264);  // special_tokens_map.json
    directory.file("bytes/special_tokens_map.json", "{}");
    CHECK(load_tokenizer(directory / "bytes")->vocab_size() == 384);
  }

  TEST_CASE("a directory without a tokenizer and a file that is not one are refused by name") {
    TemporaryDirectory directory;
    CHECK_THROWS_WITH_AS(load_tokenizer(directory / "."), Contains("no tokenizer here"), Error);
    CHECK_THROWS_WITH_AS(load_tokenizer(directory / "no"), Contains("cannot open"), Error);
    for (const std::string& content :
         {std::string(), std::string("text"), model().substr(0, 999)}) {
      std::string path = directory.file("spiece.model", content);
      CHECK_THROWS_WITH_AS(load_tokenizer(path), Contains((path + ": not a Sentence").c_str()),
                           Error);
    }
    directory.file("spiece.model", model());
    directory.file("tokenizer_config.json", "{\"extra_ids\": -1}");
    CHECK_THROWS_WITH_AS(load_tokenizer(directory / "."),
                         Contains("tokenizer_config.json: extra_ids: expected an integer"), Error);
  }

  TEST_CASE("500 damaged models each work or throw Error, and nothing else") {
    Random random(11);
    int loaded = 0;
    for (int i = 0; i < 500; ++i) {
      CAPTURE(i);
      std::string damaged = model();
      for (int64_t k = random.below(8); k >= 0; --k)
        damaged[random.below(random.below(2) == 0 ? 1000 : static_cast<int64_t>(damaged.size()))] =
            static_cast<char>(random.bits());
      try {
        auto t = make_sentencepiece_tokenizer(damaged, "damaged");
        t->decode(t->encode("the old ﬁne ½ <extra_id_0>house ① é"));
        ++loaded;
      } catch (const Error&) {
      }
    }
    CHECK(loaded > 10);
    CHECK(loaded < 490);
  }

  TEST_CASE("a damaged character map is refused by name") {
    for (char fill :
         {'\x7f', '\xff'}) {  // offsets far outside the trie; values far outside the text
      std::string damaged = model();
      size_t trie = damaged.rfind("nmt_nfkc");
      REQUIRE(trie != std::string::npos);
      for (size_t i = trie + 1000; i < trie + 1200; ++i) damaged[i] = fill;
      CHECK_THROWS_WITH_AS(make_sentencepiece_tokenizer(damaged, "x"),
                           "x: not a SentencePiece model: its character map is damaged", Error);
    }
  }
}

}  // namespace t5
