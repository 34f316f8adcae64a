// tokenizer.json alone: what transformers 5 saves. The vocabulary is trained here and written as
// transformers writes it; the published one is converted by transformers at development time.
#include <doctest/doctest.h>
#include <sentencepiece_processor.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "t5/files/json.h"
#include "t5/text/tokenizer.h"
#include "tests/support.h"
#include "tests/t5/files/temporary_directory.h"

namespace t5 {
namespace {

using doctest::Contains;

const std::string& trained() {
  static const std::string serialized = train_sentencepiece(
      {"the house is old and the garden is green", "a green house, an old garden",
       "the old house is the green house", "and a garden is a garden"},
      {.vocab_size = 30});
  return serialized;
}

std::string base64(std::string_view bytes) {
  const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t three = 0;
    for (size_t j = i; j < i + 3; ++j)
      three = three << 8 | (j < bytes.size() ? static_cast<unsigned char>(bytes[j]) : 0);
    for (int shift = 18; shift >= 0; shift -= 6) text += digits[three >> shift & 63];
  }
  for (size_t pad = 0; pad < (3 - bytes.size() % 3) % 3; ++pad) text[text.size() - 1 - pad] = '=';
  return text;
}

// The normaliser's map: field 2 of field 3, the longest field of the model. Its size is told by
// its own first four bytes, the trie's.
std::string charsmap() {
  const std::string& model = trained();
  size_t at = model.find("\x0a\x08nmt_nfkc\x12");  // {name: "nmt_nfkc", precompiled_charsmap: …
  REQUIRE(at != std::string::npos);
  at += 11;
  size_t size = 0;
  for (int shift = 0;; shift += 7) {
    auto byte = static_cast<unsigned char>(model[at++]);
    size |= static_cast<size_t>(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return model.substr(at, size);
}

// The trained vocabulary and `extra_ids` sentinels in the form of transformers 5.
Json tokenizer_json(int extra_ids = 10) {
  sentencepiece::SentencePieceProcessor processor;
  REQUIRE(processor.LoadFromSerializedProto(trained()).ok());
  Json vocab = Json::array(), added = Json::array();
  for (int id = 0; id < processor.GetPieceSize(); ++id)
    vocab.push_back({processor.IdToPiece(id), processor.GetScore(id)});
  for (int k = extra_ids - 1; k >= 0; --k)
    vocab.push_back({"<extra_id_" + std::to_string(k) + ">", 0.0});
  for (int id = 0; id < static_cast<int>(vocab.size()); ++id)
    if (id < 3 || id >= processor.GetPieceSize())
      added.push_back({{"id", id}, {"content", vocab[id][0]}, {"special", true}});
  return {
      {"version", "1.0"},
      {"added_tokens", added},
      {"normalizer", {{"type", "Precompiled"}, {"precompiled_charsmap", base64(charsmap())}}},
      {"model", {{"type", "Unigram"}, {"unk_id", 2}, {"vocab", vocab}, {"byte_fallback", false}}}};
}

std::unique_ptr<Tokenizer> load(const Json& json, const std::string& config = "") {
  TemporaryDirectory directory;
  directory.file("tokenizer.json", json.dump());
  if (!config.empty()) directory.file("tokenizer_config.json", config);
  return load_tokenizer(directory / ".");
}

const std::vector<std::string> kTexts = {"the house is green",
                                         "  an\told  garden, ",
                                         "ﬁne ½ ① Ａ",
                                         "xyz 😊 the",
                                         "",
                                         "<extra_id_0> is <extra_id_9>.",
                                         "<extra_id_3>house</s>",
                                         "<pad><unk>the"};

void check_equal(const Tokenizer& a, const Tokenizer& b) {
  CHECK(a.vocab_size() == b.vocab_size());
  CHECK(a.sentinel_count() == b.sentinel_count());
  for (const std::string& text : kTexts) {
    CAPTURE(text);
    CHECK(a.encode(text) == b.encode(text));
    // Of several spaces that a text begins with SentencePiece drops all, the decoder one.
    std::string decoded = a.decode(a.encode(text));
    decoded.erase(0, decoded.find_first_not_of(' '));
    CHECK(decoded == b.decode(b.encode(text)));
  }
}

}  // namespace

TEST_SUITE("07-tokens") {
  TEST_CASE("tokenizer.json: the tokenizer is that of the SentencePiece model it was made from") {
    auto original = make_sentencepiece_tokenizer(trained(), "trained", {.extra_ids = 10});
    check_equal(*load(tokenizer_json()), *original);
    CHECK(load(tokenizer_json())->sentinel(0) == 39);
    // transformers 4: the map in a sequence, sentinels among the added tokens alone.
    Json older = tokenizer_json();
    auto& vocab = older["model"]["vocab"].get_ref<Json::array_t&>();
    vocab.resize(30);
    older["normalizer"] = {
        {"type", "Sequence"},
        {"normalizers",
         {older["normalizer"], {{"type", "Strip"}, {"strip_left", false}, {"strip_right", true}}}}};
    check_equal(*load(older), *original);
    CHECK(load(tokenizer_json(0))->sentinel_count() == 0);
  }

  TEST_CASE("tokenizer.json: its tokenizer_config.json decides on the legacy form") {
    auto corrected = load(tokenizer_json(), R"({"legacy": false, "extra_ids": 10})");
    auto legacy = load(tokenizer_json(), R"({"legacy": true})");
    CHECK(load(tokenizer_json())->encode("<extra_id_0>, a") ==
          corrected->encode("<extra_id_0>, a"));
    CHECK(legacy->encode("<extra_id_0>, a").size() ==
          corrected->encode("<extra_id_0>, a").size() + 1);
  }

  TEST_CASE("tokenizer.json: what is not a vocabulary of T5 is named") {
    auto refusal = [](const char* pointer, const Json& value) {
      Json json = tokenizer_json();
      json[Json::json_pointer(pointer)] = value;
      return testing::error_of([&] { load(json); });
    };
    auto says = [](const std::string& message, const char* part) {
      INFO(message);
      CHECK_MESSAGE(message.find(part) != std::string::npos, part);
    };
    says(refusal("/model/type", "BPE"), "model: type: 'BPE' is not Unigram");
    says(refusal("/model", 3), "model: expected a JSON object");
    says(refusal("/model/unk_id", 40), "unk_id: expected an integer from 0 to 39");
    says(refusal("/model/vocab", {{"a", 1}}), "expected an array of pieces");
    says(refusal("/model/vocab/5", {"x", "y"}), "entry 5: expected a piece and its score");
    says(refusal("/model/vocab/5/1", 1e300), "entry 5: expected a piece and its score");
    says(refusal("/model/vocab/5/0", ""), "not a SentencePiece model");
    says(refusal("/model/vocab/0/0", "[PAD]"), "'<pad>' has id 0, which is that of '[PAD]'");
    says(refusal("/normalizer/precompiled_charsmap", "A*"), "not base64: '*'");
    says(refusal("/normalizer/precompiled_charsmap", "AAAA"), "character map is damaged");
    says(refusal("/added_tokens/3/id", 2'000'000'000), "id: expected an integer from 0 to");
    says(refusal("/added_tokens/3/content", "<mine>"), "'<mine>' has id 30, which is that of");
    says(refusal("/added_tokens/0", 3), "expected a JSON object");
  }
}

}  // namespace t5
