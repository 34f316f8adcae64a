// BERT's words and pieces, held against transformers' BertTokenizer by fixtures; see
// tests/parity/compare_wordpiece.py.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "t5/files/json.h"
#include "t5/model/directory.h"
#include "t5/text/wordpiece.h"
#include "t5/text/wordpiece_tokenizer.h"
#include "tensor/error.h"
#include "tests/t5/files/temporary_directory.h"

namespace t5 {
namespace {

using doctest::Contains;
using Ids = std::vector<int32_t>;

const std::string kBert = "{\"tokenizer_class\": \"BertTokenizer\", \"do_lower_case\": false}";
const std::string kSpecials = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";

// The words of a text, each followed by a bar.
std::string words(const BertNormalizer& normalizer, const std::string& text) {
  std::string normal = normalizer(text), joined;
  for (std::string_view word : bert_words(normal)) joined.append(word) += '|';
  return joined;
}

std::unique_ptr<Tokenizer> made(const TemporaryDirectory& directory, const std::string& pieces,
                                const std::string& config = kBert) {
  directory.file("vocab.txt", kSpecials + pieces);
  directory.file("tokenizer_config.json", config);
  return load_tokenizer(directory / ".");
}

}  // namespace

TEST_SUITE("tokenizer files") {
  TEST_CASE("words: blanks divide, marks and Chinese characters stand alone, the rest is cleaned") {
    CHECK(words({}, "  Don't\t stop!? ") == "don|'|t|stop|!|?|");
    CHECK(words({}, "今天a好") == "今|天|a|好|");
    CHECK(words({.split_chinese = false}, "今天a好") == "今天a好|");
    CHECK(words({}, "ÉTÉ e\u0301 Ｂ") == "ete|e|ｂ|");
    CHECK(words({.lower_case = false, .strip_accents = false}, "ÉTÉ") == "ÉTÉ|");
    CHECK(words({.strip_accents = false}, "ÉTÉ") == "été|");
    CHECK(words({},
                "a\u200bb\x01"
                "c\xff"
                "d\ufffd\u3000e\u2028f") == "abcd|e|f|");
    CHECK(words({}, "$5^2~x") == "$|5|^|2|~|x|");
    CHECK(words({}, "") == "");
  }

  TEST_CASE("pieces: the longest first, and a word that they do not spell is one [UNK]") {
    TemporaryDirectory directory;
    auto t = made(directory, "un\n##aff\n##affa\n##ble\n##able\na\n");
    CHECK(t->encode_without_eos("unaffable") == Ids{5, 7, 8});  // un ##affa ##ble
    CHECK(t->encode_without_eos("unaff a unafx") == Ids{5, 6, 10, 1});
    CHECK(t->encode_without_eos("aff") == Ids{1});
    CHECK(t->encode_without_eos(std::string(100, 'a') + " a") == Ids{1, 10});
    CHECK(made(directory, "a\n##a\n")->encode_without_eos(std::string(100, 'a')).size() == 100);
    CHECK(made(directory, "a\n##a\n")->encode_without_eos(std::string(101, 'a')) == Ids{1});
  }

  TEST_CASE("a text stands between [CLS] and [SEP]; decoding ends at [SEP]") {
    TemporaryDirectory directory;
    auto t = made(directory, "a\n##b\n.\n");
    CHECK(t->encode("ab.") == Ids{2, 5, 6, 7, 3});
    CHECK(t->encode("") == Ids{2, 3});
    CHECK(t->encode("a[SEP]") == Ids{2, 5, 3, 3});
    CHECK(t->decode(Ids{2, 5, 6, 5, 7, 3, 5}) == "ab a.");
    CHECK(t->decode(Ids{2, 5, 6, 3}, {.skip_special = false}) == "[CLS] ab [SEP]");
    CHECK(t->pad_id() == 0);
    CHECK(t->unk_id() == 1);
    CHECK(t->eos_id() == 3);
  }

  TEST_CASE("sentinels are the pieces extra0 …, or <extra_id_0> …") {
    TemporaryDirectory directory;
    auto t = made(directory, "extra1\nextra0\nextra3\n中\n");
    CHECK(t->sentinel_count() == 2);
    CHECK(t->sentinel(0) == 6);
    CHECK(t->encode_without_eos("中extra1中") == Ids{8, 5, 8});
    CHECK(made(directory, "<extra_id_0>\n<extra_id_1>\n")->sentinel(1) == 6);
    auto added = made(directory, "a\n",
                      "{\"tokenizer_class\": \"BertTokenizerFast\", "
                      "\"additional_special_tokens\": [\"<extra_id_0>\", \"<extra_id_1>\"]}");
    CHECK(added->sentinel(1) == 7);
    CHECK(added->vocab_size() == 8);
    CHECK(added->encode_without_eos("a<extra_id_1>a") == Ids{5, 7, 5});
  }

  TEST_CASE("ids and text are those of transformers' BertTokenizer: 6 directories of fixtures") {
    int64_t directories = 0, cases = 0;
    for (const auto& entry : std::filesystem::directory_iterator("tests/fixtures/wordpiece")) {
      CAPTURE(entry.path().string());
      auto t = load_tokenizer(entry.path());
      Json expected = read_json(entry.path() / "expected.json");
      for (const Json& item : expected["ids"]) {
        CAPTURE(item[0].get<std::string>());
        CHECK(t->encode(item[0].get<std::string>()) == item[1].get<Ids>());
      }
      for (const Json& item : expected["texts"]) {
        auto ids = item[0].get<Ids>();
        CHECK(t->decode(ids) == item[1].get<std::string>());
        CHECK(t->decode(ids, {.skip_special = false}) == item[2].get<std::string>());
      }
      ++directories;
      cases += std::ssize(expected["ids"]) + std::ssize(expected["texts"]);
    }
    CHECK(directories == 6);
    CHECK(cases >= 6 * 45);
  }

  TEST_CASE("vocab.txt alone is enough, and is copied with the other files") {
    TemporaryDirectory directory;
    std::filesystem::create_directory(directory / "from");
    directory.file("from/vocab.txt", kSpecials + "a\n");
    DirectoryUpdate update(directory / "to");
    copy_tokenizer(directory / "from", update);
    update.commit();
    CHECK(load_tokenizer(directory / "to")->encode("A") == Ids{2, 5, 3});
  }

  TEST_CASE("a vocabulary that is none of BERT's is refused by name") {
    TemporaryDirectory directory;
    directory.file("tokenizer_config.json", kBert);
    CHECK_THROWS_WITH_AS(load_tokenizer(directory / "."), Contains("vocab.txt: cannot open"),
                         Error);
    const std::vector<std::pair<std::string, const char*>> vocabularies = {
        {"", "vocab.txt: 0 pieces"},
        {"[PAD]\n[CLS]\n[SEP]\na\n", "vocab.txt: there is no piece '[UNK]'"},
        {"[UNK]\n\xff\n", "vocab.txt:2: not valid UTF-8"},
    };
    for (const auto& [pieces, says] : vocabularies) {
      directory.file("vocab.txt", pieces);
      CHECK_THROWS_WITH_AS(load_tokenizer(directory / "."), Contains(says), Error);
    }
    directory.file("tokenizer_config.json", "{\"tokenizer_class\": \"BertJapaneseTokenizer\"}");
    CHECK_THROWS_WITH_AS(load_tokenizer(directory / "."), Contains("no tokenizer here"), Error);
    directory.file("tokenizer_config.json", kBert);
    const std::vector<std::pair<std::string, const char*>> models = {
        {"{\"type\": \"BPE\", \"vocab\": {}}", "'BPE' is not WordPiece"},
        {"{\"type\": \"WordPiece\", \"vocab\": {\"a\": 0, \"b\": 0}}", "have the same id, 0"},
        {"{\"type\": \"WordPiece\", \"vocab\": {\"a\": -1}}", "a: expected an integer"},
        {"{\"type\": \"WordPiece\", \"vocab\": {}}", "0 pieces"},
    };
    for (const auto& [model, says] : models) {
      directory.file("tokenizer.json", "{\"model\": " + model + "}");
      CHECK_THROWS_WITH_AS(load_tokenizer(directory / "."), Contains(says), Error);
    }
  }
}

}  // namespace t5
