// JSON to protocol buffer; see tokenizer_json.h. Field numbers are those of
// sentencepiece_model.proto.
#include "t5/text/tokenizer_json.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "t5/files/json.h"
#include "t5/text/piece_model.h"
#include "t5/text/tokenizer.h"
#include "tensor/error.h"

namespace t5 {
namespace {

constexpr uint64_t kUnigram = 1;

// A protocol buffer: fields of a number and a value, integers in 7 bits a byte, the lowest first.
class Message {
 public:
  void integer(uint64_t number, uint64_t value) {
    varint(number * 8);
    varint(value);
  }
  void bytes(uint64_t number, std::string_view value) {
    varint(number * 8 + 2);
    varint(value.size());
    text_ += value;
  }
  void real32(uint64_t number, float value) {
    varint(number * 8 + 5);
    text_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  const std::string& text() const { return text_; }

 private:
  void varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) text_ += static_cast<char>(value | 0x80);
    text_ += static_cast<char>(value);
  }

  std::string text_;
};

std::string decode_base64(std::string_view text, const std::string& place) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;  // of the bits not yet written
  for (char c : text) {
    size_t digit = kDigits.find(c);
    check(digit != kDigits.npos, "{}: not base64: '{}'", place, c);
    bits = bits << 6 | static_cast<uint32_t>(digit);
    if ((count += 6) < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count);
  }
  return bytes;
}

// The character map of the normaliser; empty when there is none. transformers 4 wraps it in a
// sequence whose other steps, on white space, SentencePiece takes by itself.
std::string read_charsmap(const JsonObject& normalizer) {
  std::string type = normalizer.string("type");
  if (type == "Precompiled")
    return decode_base64(normalizer.string("precompiled_charsmap", ""),
                         normalizer.name() + ": precompiled_charsmap");
  if (type == "Strip" || type == "Replace") return "";
  check(type == "Sequence" && normalizer.value().value("normalizers", Json()).is_array(),
        "{}: type: '{}' is not a normaliser of T5; convert spiece.model instead", normalizer.name(),
        type);
  std::string map;
  for (const Json& step : normalizer.value().at("normalizers")) {
    JsonObject object(step, normalizer.name() + ": normalizers");
    check(object.string("type") != "Sequence", "{}: one sequence within another", object.name());
    map += read_charsmap(object);
  }
  return map;
}

std::vector<Piece> read_pieces(const JsonObject& model) {
  std::string place = model.name() + ": vocab";
  Json vocab = model.value().value("vocab", Json());
  check(vocab.is_array(), "{}: expected an array of pieces and scores", place);
  std::vector<Piece> pieces;
  for (const Json& item : vocab) {
    bool is_pair = item.is_array() && item.size() == 2 && item[0].is_string() &&
                   item[1].is_number() && std::abs(item[1].get<double>()) < 1e30;
    check(is_pair, "{}: entry {}: expected a piece and its score", place, pieces.size());
    pieces.push_back({item[0].get<std::string>(), item[1].get<float>(), PieceType::kNormal});
  }
  return pieces;
}

std::string sentinel_name(size_t k) { return fmt::format("<extra_id_{}>", k); }

// Removes the sentinels at the end of the pieces, which SentencePiece does not know; counts them.
int64_t remove_sentinels(std::vector<Piece>& pieces) {
  size_t count = 0;
  while (!pieces.empty() && pieces.back().text == sentinel_name(count)) {
    pieces.pop_back();
    ++count;
  }
  return static_cast<int64_t>(count);
}

// Tokens beside the pieces. <extra_id_k> follows them as number count - 1 - k; the ids of others
// must be those that the pieces have. Returns the number of sentinels.
int64_t check_added_tokens(const JsonObject& json, const std::vector<Piece>& pieces,
                           int64_t sentinels) {
  Json tokens = json.value().value("added_tokens", Json::array());
  auto size = static_cast<int64_t>(pieces.size());
  for (const Json& token : tokens)  // those that the vocabulary does not list
    sentinels =
        std::max(sentinels, JsonObject(token, json.name()).integer("id", 0, INT32_MAX) + 1 - size);
  check(sentinels <= kMaxSentinels, "{}: added_tokens: {} follow the pieces, above {}", json.name(),
        sentinels, kMaxSentinels);
  for (const Json& token : tokens) {
    JsonObject object(token, json.name() + ": added_tokens");
    int64_t id = object.integer("id", 0, INT32_MAX);
    std::string content = object.string("content");
    std::string expected = id < size ? pieces[id].text : sentinel_name(size + sentinels - 1 - id);
    check(content == expected, "{}: '{}' has id {}, where a T5 vocabulary has '{}'", object.name(),
          content, id, expected);
  }
  return sentinels;
}

PieceType type_of(const Piece& piece, int64_t id, int64_t unk_id, bool byte_fallback) {
  if (id == unk_id) return PieceType::kUnknown;
  if (piece.text == "<pad>" || piece.text == "</s>") return PieceType::kControl;
  bool is_byte = piece.text.size() == 6 && piece.text.starts_with("<0x");
  return byte_fallback && is_byte ? PieceType::kByte : PieceType::kNormal;
}

std::string serialize(const std::vector<Piece>& pieces, int64_t unk_id, bool byte_fallback,
                      const std::string& charsmap) {
  Message model, trainer, normalizer;
  for (size_t id = 0; id < pieces.size(); ++id) {
    Message piece;
    piece.bytes(1, pieces[id].text);
    piece.real32(2, pieces[id].score);
    piece.integer(3, static_cast<uint64_t>(
                         type_of(pieces[id], static_cast<int64_t>(id), unk_id, byte_fallback)));
    model.bytes(1, piece.text());
  }
  trainer.integer(3, kUnigram);
  trainer.integer(4, pieces.size());
  trainer.integer(35, byte_fallback);
  trainer.integer(40, static_cast<uint64_t>(unk_id));
  model.bytes(2, trainer.text());
  normalizer.bytes(2, charsmap);
  model.bytes(3, normalizer.text());
  return model.text();
}

}  // namespace

RebuiltModel read_tokenizer_json(const std::string& path) {
  JsonObject json = JsonObject::read(path);
  JsonObject model = json.object("model");
  std::string type = model.string("type", "");
  check(type == "Unigram", "{}: type: '{}' is not Unigram, the kind of T5's vocabularies",
        model.name(), type);
  std::vector<Piece> pieces = read_pieces(model);
  int64_t sentinels = check_added_tokens(json, pieces, remove_sentinels(pieces));
  auto size = static_cast<int64_t>(pieces.size());
  check(size > 0, "{}: vocab: there are no pieces", model.name());
  int64_t unk_id = model.integer("unk_id", 0, size - 1);
  std::string charsmap = json.has("normalizer") ? read_charsmap(json.object("normalizer")) : "";
  return {serialize(pieces, unk_id, model.boolean("byte_fallback", false), charsmap), sentinels};
}

}  // namespace t5
