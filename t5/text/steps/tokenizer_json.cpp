// Pieces and steps from JSON; see tokenizer_json.h.
#include "t5/text/steps/tokenizer_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "t5/files/json.h"
#include "tensor/error.h"

namespace t5 {
namespace {

std::vector<Piece> read_pieces(const JsonObject& model) {
  std::string place = model.name() + ": vocab";
  Json vocab = model.value().value("vocab", Json());
  check(vocab.is_array(), "{}: expected an array of pieces and scores", place);
  std::vector<Piece> pieces;
  for (const Json& item : vocab) {
    bool is_pair = item.is_array() && item.size() == 2 && item[0].is_string() &&
                   item[1].is_number() && std::abs(item[1].get<double>()) < 1e30;
    check(is_pair, "{}: entry {}: expected a piece and its score", place, pieces.size());
    pieces.push_back({item[0].get<std::string>(), item[1].get<double>(), PieceType::kNormal});
  }
  check(!pieces.empty(), "{}: there are no pieces", place);
  return pieces;
}

// TemplateProcessing whose `single` is the text and one token after it; the token.
std::string read_end(const JsonObject& json) {
  std::string type = json.string("type");
  if (type == "Sequence") {
    std::vector<JsonObject> steps = steps_of(json, "processors");
    if (steps.size() != 1) refuse_step(json, "a sequence of post-processors");
    return read_end(steps[0]);
  }
  if (type != "TemplateProcessing") refuse_step(json, "the post-processor '" + type + "'");
  Json single = json.value().value("single", Json());
  bool is_known = single.is_array() && single.size() == 2 && single[0].is_object() &&
                  single[0].contains("Sequence") && single[1].is_object() &&
                  single[1].contains("SpecialToken");
  if (!is_known) refuse_step(json, "a template other than a text and one token after it");
  return JsonObject(single[1], json.name() + ": single").object("SpecialToken").string("id");
}

// A byte's piece has the type of one where unknown characters are spelt in bytes.
void mark_bytes(std::vector<Piece>& pieces) {
  for (Piece& piece : pieces)
    if (piece.text.size() == 6 && piece.text.starts_with("<0x")) piece.type = PieceType::kByte;
}

}  // namespace

JsonVocabulary read_tokenizer_json(const std::string& path, bool legacy) {
  JsonObject json = JsonObject::read(path), model = json.object("model");
  std::string type = model.string("type", "Unigram");  // before 2021 the pieces tell
  check(type == "Unigram", "{}: type: '{}' is not Unigram, the kind of T5's vocabularies",
        model.name(), type);
  JsonVocabulary vocabulary;
  StepVocabulary& steps = vocabulary.steps;
  steps.pieces = read_pieces(model);
  check_piece_model({.pieces = steps.pieces}, path);
  steps.unk_id = static_cast<int32_t>(model.integer("unk_id", 0, std::ssize(steps.pieces) - 1));
  steps.byte_fallback = model.boolean("byte_fallback", false);
  if (steps.byte_fallback) mark_bytes(steps.pieces);
  if (json.has("normalizer")) steps.normalization = read_normalizer(json.object("normalizer"));
  steps.splitting = json.has("pre_tokenizer") ? read_pre_tokenizer(json.object("pre_tokenizer"))
                                              : t5_pre_tokenizer(legacy);
  steps.joining = json.has("decoder") ? read_decoder(json.object("decoder")) : t5_decoder();
  if (json.has("post_processor")) vocabulary.eos = read_end(json.object("post_processor"));
  return vocabulary;
}

}  // namespace t5
