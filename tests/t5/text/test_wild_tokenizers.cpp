// Directories as transformers of many ages writes them: what it makes of them (frozen by
// tests/parity/make_wild_fixtures.py), which file wins, and what is refused.
#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "t5/files/atomic_file.h"
#include "t5/files/json.h"
#include "t5/text/tokenizer.h"
#include "tests/support.h"
#include "tests/t5/files/temporary_directory.h"

namespace t5 {
namespace {

using doctest::Contains;
using Ids = std::vector<int32_t>;

// Eight pieces, of which <pad>, </s> and <unk> are added tokens.
Json small_json() {
  Json vocab = Json::array(), added = Json::array();
  for (const char* piece : {"<pad>", "</s>", "<unk>", "▁the", "▁cat", "▁", "cat", "s"})
    vocab.push_back({piece, -0.5 * static_cast<double>(vocab.size())});
  for (int id = 0; id < 3; ++id)
    added.push_back({{"id", id}, {"content", vocab[id][0]}, {"special", true}});
  return {{"added_tokens", added}, {"model", {{"unk_id", 2}, {"vocab", vocab}}}};
}

struct Files {
  std::string config = "", ids = "", map = "";
};

std::unique_ptr<Tokenizer> load(const Json& json, const Files& files = {}) {
  TemporaryDirectory directory;
  directory.file("tokenizer.json", json.dump());
  if (!files.config.empty()) directory.file("tokenizer_config.json", files.config);
  if (!files.ids.empty()) directory.file("added_tokens.json", files.ids);
  if (!files.map.empty()) directory.file("special_tokens_map.json", files.map);
  return load_tokenizer(directory / ".");
}

Json with(const char* pointer, const Json& value) {
  Json json = small_json();
  json[Json::json_pointer(pointer)] = value;
  return json;
}

std::string refusal(const Json& json, const Files& files = {}) {
  std::string message = testing::error_of([&] { load(json, files); });
  CHECK(message.find('\n') == std::string::npos);
  return message;
}

std::string bytes_refusal(const std::string& config) {
  TemporaryDirectory directory;
  directory.file("tokenizer_config.json", config);
  return testing::error_of([&] { load_tokenizer(directory / "."); });
}

}  // namespace

TEST_SUITE("files") {
  TEST_CASE("twelve directories of many ages give the ids and texts of transformers") {
    int directories = 0;
    for (const auto& entry : std::filesystem::directory_iterator("tests/fixtures/tokenizers")) {
      std::string path = entry.path().string();
      CAPTURE(path);
      auto t = load_tokenizer(path);
      Json rows = read_json(path + "/expected.json");
      CHECK(rows.size() == 20);
      for (const Json& row : rows) {
        auto text = row[0].get<std::string>();
        auto ids = row[1].get<Ids>();
        CAPTURE(text);
        CHECK(t->encode(text) == ids);
        CHECK(t->decode(ids) == row[2].get<std::string>());
        CHECK(t->decode(ids, {.skip_special = false}) == row[3].get<std::string>());
      }
      ++directories;
    }
    CHECK(directories == 12);
  }

  TEST_CASE("tokenizer.json: where it names no step the step is T5's own") {
    auto t = load(small_json());
    CHECK(t->encode("the\tcat\u2028cats") == Ids{3, 4, 4, 7, 1});
    CHECK(t->decode(Ids{3, 4, 7, 1}) == "the cats");
    CHECK(t->sentinel_count() == 0);
    CHECK(t->vocab_size() == 8);
  }

  TEST_CASE("an added_tokens_decoder is asked alone; else tokenizer.json, then added_tokens.json") {
    Json json = small_json();
    json["added_tokens"].push_back({{"id", 8}, {"content", "<a>"}});
    CHECK(load(json)->encode("<a>") == Ids{8, 1});
    std::string table = R"({"added_tokens_decoder": {"8": {"content": "<b>"}}})";
    auto t = load(json, {.config = table, .ids = R"({"<c>": 9})"});
    CHECK(t->encode("<b>") == Ids{8, 1});
    CHECK(t->vocab_size() == 9);
    t = load(json, {.ids = R"({"<a>": 8, "<c>": 9})"});
    CHECK(t->encode("<a><c>") == Ids{8, 9, 1});
  }

  TEST_CASE("special_tokens_map.json names pad and eos before tokenizer_config.json does") {
    std::string config = R"({"pad_token": "▁the", "eos_token": "</s>"})";
    std::string map = R"({"pad_token": {"content": "▁cat", "lstrip": false}})";
    CHECK(load(small_json(), {.config = config})->pad_id() == 3);
    CHECK(load(small_json(), {.config = config, .map = map})->pad_id() == 4);
    config = R"({"pad_token": "▁the", "added_tokens_decoder": {}})";
    CHECK(load(small_json(), {.config = config, .map = map})->pad_id() == 3);
  }

  TEST_CASE("a token of added_tokens.json is special when a list names it, and skipped then") {
    Files files{.config = R"({"additional_special_tokens": ["<x>"]})",
                .ids = R"({"<x>": 9, "<y>": 8})"};
    auto t = load(small_json(), files);
    CHECK(t->decode(Ids{3, 9, 8, 4, 1}) == "the<y> cat");
    files.config = R"({"extra_special_tokens": ["<y>"], "additional_special_tokens": ["<x>"]})";
    CHECK(load(small_json(), files)->decode(Ids{3, 9, 8, 4, 1}) == "the<x> cat");
  }

  TEST_CASE("a token without an id follows all others, one that is a piece has its id") {
    auto t = load(small_json(), {.config = R"({"extra_special_tokens": ["<x>", "cat", "<y>"],
                                              "cls_token": "<z>"})"});
    CHECK(t->encode("<z><x>cat<y>") == Ids{8, 9, 6, 10, 1});
    CHECK(t->piece(10) == "<y>");
  }

  TEST_CASE("clean_up_tokenization_spaces of tokenizer_config.json holds for every text") {
    Json json = with("/model/vocab/5", Json::array({"▁.", -9}));
    CHECK(load(json)->decode(Ids{3, 5}) == "the .");
    CHECK(load(json, {.config = R"({"clean_up_tokenization_spaces": true})"})->decode(Ids{3, 5}) ==
          "the.");
  }

  TEST_CASE("the post-processor names the eos token, and its template is the only one known") {
    Json single = {{{"Sequence", {{"id", "A"}}}}, {{"SpecialToken", {{"id", "s"}}}}};
    Json post = {{"type", "TemplateProcessing"}, {"single", single}};
    CHECK(load(with("/post_processor", post))->encode("the") == Ids{3, 7});
    post["single"].erase(1);
    CHECK(refusal(with("/post_processor", post)).find("a template other than") !=
          std::string::npos);
    CHECK(refusal(with("/post_processor", {{"type", "BertProcessing"}}))
              .find("post_processor: the post-processor 'BertProcessing' is not known here") !=
          std::string::npos);
  }

  TEST_CASE("a vocabulary that holds its sentinels gets no others, in a file or a directory") {
    std::string model = read_file(
        "tests/fixtures/tokenizers/spiece-of-mt5-sentinels-among-the-pieces/spiece.model");
    auto bare = make_sentencepiece_tokenizer(model, "bare");
    auto pieces = static_cast<int32_t>(read_piece_model(model, "bare").pieces.size());
    CHECK(bare->vocab_size() == pieces);
    CHECK(bare->sentinel_count() == 4);
    CHECK(bare->piece(bare->sentinel(0)) == "▁<extra_id_0>");
    CHECK(bare->encode("cat <extra_id_3>") ==
          Ids{bare->encode("cat")[0], bare->sentinel(3), bare->eos_id()});
    TemporaryDirectory directory;
    save_sentencepiece(directory / "saved", model, 4);
    auto saved = load_tokenizer(directory / "saved");
    CHECK(saved->vocab_size() == pieces);
    CHECK(saved->sentinel(3) == bare->sentinel(3));
  }

  TEST_CASE("steps that are not known are refused by name") {
    auto says = [](const Json& json, const char* part) {
      std::string message = refusal(json);
      INFO(message);
      CHECK_MESSAGE(message.find(part) != std::string::npos, part);
    };
    says(with("/normalizer", {{"type", "BertNormalizer"}}), "normaliser 'BertNormalizer' is not");
    says(with("/pre_tokenizer", {{"type", "ByteLevel"}}), "pre-tokeniser 'ByteLevel' is not known");
    says(with("/decoder", {{"type", "CTC"}}), "decoder 'CTC' is not known here");
    Json pattern = {{"type", "Replace"}, {"pattern", {{"Regex", "a|b"}}}, {"content", "c"}};
    says(with("/normalizer", pattern), "the regular expression 'a|b' is not known");
    Json nested = {{"type", "Sequence"}, {"normalizers", {{{"type", "Sequence"}}}}};
    says(with("/normalizer", nested), "expected an array of at most 32 steps");
    Json space = {{"type", "Metaspace"}, {"replacement", "▁"}, {"prepend_scheme", "last"}};
    says(with("/pre_tokenizer", space), "the prepend_scheme 'last' is not known");
    Json many = {
        {"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", std::string(500, 'a')}};
    says(with("/normalizer", many), "a content of 500 bytes");
  }

  TEST_CASE("added tokens that cannot be right are one line") {
    auto says = [](const std::string& message, const char* part) {
      INFO(message);
      CHECK_MESSAGE(message.find(part) != std::string::npos, part);
    };
    auto ids = [](const char* text) { return refusal(small_json(), {.ids = text}); };
    says(ids(R"({"<x>": 9})"), "'<x>' has id 9, but 8 is the next free one");
    says(ids(R"({"<x>": 3})"), "'<x>' has id 3, which is that of '▁the'");
    says(ids(R"({"cat": 8})"), "'cat' has id 8, as a piece it has 6");
    says(ids(R"({"<x>": -1})"), "added_tokens.json: <x>: expected an integer from 0 to 16777215");
    says(ids(R"({"<x>": 16777216})"), "expected an integer from 0 to 16777215");
    says(ids(R"({"": 8})"), "an added token is empty");
    auto config = [](const char* text) { return refusal(small_json(), {.config = text}); };
    says(config(R"({"added_tokens_decoder": {"x": {"content": "<x>"}}})"), "'x' is not an id");
    says(config(R"({"added_tokens_decoder": {"8": "<x>"}})"), "expected a JSON object");
    says(config(R"({"added_tokens_decoder": {"8": {"content": "<x>"}, "9": {"content": "<x>"}}})"),
         "'<x>' has two ids, 8 and 9");
    says(config(R"({"added_tokens_decoder": {"8": {"content": "<x>", "lstrip": 1}}})"), "lstrip");
    says(config(R"({"additional_special_tokens": "<x>"})"), "expected an array of tokens");
    says(config(R"({"pad_token": 3})"), "pad_token: expected a token's text or an object");
    says(refusal(with("/model/vocab/1", Json::array({"end", 0}))),
         "'</s>' has id 1, which is that of 'end'");
    says(bytes_refusal(R"({"tokenizer_class": "ByT5Tokenizer",
                           "added_tokens_decoder": {"7": {"content": "<x>"}}})"),
         "ByT5Tokenizer: the added token '<x>' has id 7, which is that of '<0x04>'");
    says(bytes_refusal(R"({"tokenizer_class": "ByT5Tokenizer", "extra_ids": 0,
                           "added_tokens_decoder": {"259": {"content": "<x>",
                                                            "single_word": true}}})"),
         "single_word, of '<x>', is not known with bytes");
  }

  TEST_CASE("a step that would make a text a hundred times longer is stopped") {
    Json grow = {{"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", "aaaaaaaaaaaaa"}};
    Json all = {{"type", "Sequence"}, {"normalizers", Json::array()}};
    for (int i = 0; i < 20; ++i) all["normalizers"].push_back(grow);
    auto t = load(with("/normalizer", all));
    CHECK_THROWS_WITH_AS(t->encode("aaaa"), Contains("more than 100 times its length"), Error);
  }
}

}  // namespace t5
