// Pieces, character map and sentinels from JSON; see tokenizer_json.h.
#include "t5/text/tokenizer_json.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "t5/files/json.h"
#include "t5/text/tokenizer.h"
#include "tensor/error.h"

namespace t5 {
namespace {

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

// Removes the sentinels at the end of the pieces, which SentencePiece does not know; counts them.
int64_t remove_sentinels(std::vector<Piece>& pieces) {
  int64_t count = 0;
  while (!pieces.empty() && pieces.back().text == sentinel_name(count)) {
    pieces.pop_back();
    ++count;
  }
  return count;
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

}  // namespace

JsonVocabulary read_tokenizer_json(const std::string& path) {
  JsonObject json = JsonObject::read(path);
  JsonObject object = json.object("model");
  std::string type = object.string("type", "");
  check(type == "Unigram", "{}: type: '{}' is not Unigram, the kind of T5's vocabularies",
        object.name(), type);
  PieceModel model;
  model.pieces = read_pieces(object);
  int64_t sentinels = check_added_tokens(json, model.pieces, remove_sentinels(model.pieces));
  auto size = static_cast<int64_t>(model.pieces.size());
  check(size > 0, "{}: vocab: there are no pieces", object.name());
  int64_t unk_id = object.integer("unk_id", 0, size - 1);
  model.byte_fallback = object.boolean("byte_fallback", false);
  for (int64_t id = 0; id < size; ++id)
    model.pieces[id].type = type_of(model.pieces[id], id, unk_id, model.byte_fallback);
  if (json.has("normalizer")) model.charsmap = read_charsmap(json.object("normalizer"));
  check_piece_model(model, path);
  return {std::move(model), sentinels};
}

}  // namespace t5
