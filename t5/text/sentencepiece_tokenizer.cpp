// T5's vocabulary: the pieces of a SentencePiece model, cut by Normalizer and Unigram.
//
// ▁ before a text is right at the start of a line and after white space, and wrong after a sentinel
// in the middle of a word.
#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "t5/text/charsmap.h"
#include "t5/text/lines.h"
#include "t5/text/normalizer.h"
#include "t5/text/steps/step_tokenizer.h"
#include "t5/text/tokenizer.h"
#include "t5/text/unigram.h"
#include "tensor/error.h"

namespace t5 {
namespace {

int32_t unknown_id(const PieceModel& model, const std::string& name) {
  for (size_t id = 0; id < model.pieces.size(); ++id)
    if (model.pieces[id].type == PieceType::kUnknown) return static_cast<int32_t>(id);
  fail("{}: a T5 vocabulary needs a piece for unknown characters, <unk>", name);
}

// How many sentinels follow the pieces: none where pieces, or added tokens with other ids, have
// their names; as many as a list names; or 100.
int64_t new_sentinels(const PieceModel& model, const TokenizerOptions& options) {
  if (holds_sentinels(model)) return 0;
  int64_t id = -1, listed = 0;
  for (const AddedToken& token : options.added) {
    if (token.text == sentinel_name(0)) id = token.id;
    if (token.text.starts_with("<extra_id_")) ++listed;
  }
  int64_t count = options.extra_ids >= 0 ? options.extra_ids : id < 0 && listed > 0 ? listed : 100;
  return id < 0 || id == std::ssize(model.pieces) + count - 1 ? count : 0;
}

// The steps that transformers makes of the model: its character map, T5's words and decoder.
std::unique_ptr<Tokenizer> make_legacy_tokenizer(PieceModel model, const std::string& name,
                                                 TokenizerOptions options) {
  StepVocabulary steps;
  steps.unk_id = unknown_id(model, name);
  steps.normalization = precompiled_step(model.charsmap);
  steps.splitting = t5_pre_tokenizer(true);
  steps.joining = t5_decoder();
  for (int64_t k = new_sentinels(model, options) - 1; k >= 0; --k) {
    model.pieces.push_back({sentinel_name(k), 0, PieceType::kNormal});
    options.added.push_back({.text = sentinel_name(k), .special = true});
  }
  for (Piece& piece : model.pieces) piece.type = PieceType::kNormal;
  steps.pieces = std::move(model.pieces);
  return make_step_tokenizer(std::move(steps), name, options);
}

// Moves bytes to the end of `text`, U+FFFD in place of those that are not UTF-8.
void append_utf8(std::string& bytes, std::string& text) {
  for (size_t at = 0; at < bytes.size();) {
    size_t length = utf8_length(bytes, at);
    text += length > 0 ? bytes.substr(at, length) : "\uFFFD";
    at += std::max<size_t>(length, 1);
  }
  bytes.clear();
}

void append_spaced(std::string_view letters, std::string& text) {
  for (size_t at; (at = letters.find(kSpaceMark)) != letters.npos;) {
    text.append(letters, 0, at).append(" ");
    letters.remove_prefix(at + kSpaceMark.size());
  }
  text += letters;
}

class SentencePieceTokenizer : public Tokenizer {
 public:
  SentencePieceTokenizer(PieceModel model, const std::string& name, const TokenizerOptions& options)
      : model_(std::move(model)), map_(model_.charsmap), normalizer_(model_) {
    unk_ = unknown_id(model_, name);
    unigram_ = Unigram(model_, unk_);
    vocab_size_ = static_cast<int32_t>(model_.pieces.size());
    append_sentinels(new_sentinels(model_, options), name);
    add_tokens(options, ids_of(model_.pieces), name);
    const std::vector<AddedToken>& tokens = added().tokens();
    has_normalized_ = std::any_of(tokens.begin(), tokens.end(),
                                  [](const AddedToken& token) { return token.normalized; });
  }

 protected:
  // Only characters are replaced: white space is encode_plain's.
  std::string normalize(std::string_view text) const override {
    std::string out;
    while (has_normalized_ && !text.empty()) {
      CharacterMap::Match match = map_.longest_match(text);
      if (match.length > 0)
        out += match.replacement;
      else
        out += text[0];
      text.remove_prefix(std::max<size_t>(match.length, 1));
    }
    return has_normalized_ ? out : std::string(text);
  }

  void encode_plain(std::string_view text, bool after_special,
                    std::vector<int32_t>& ids) const override {
    bool prefix = !after_special || begins_with_space(text);
    unigram_.encode(normalizer_(text, prefix), ids);
  }

  void decode_plain(std::span<const int32_t> ids, std::string& text) const override {
    // A run begins without its space, which is right only where the whole text begins.
    bool space = model_.pieces[ids[0]].text.starts_with(kSpaceMark);
    if (space && !text.empty() && text.back() != ' ') text += ' ';
    text += text_of(ids);
  }

  std::string plain_piece(int32_t id) const override { return model_.pieces[id].text; }

 private:
  // T5's follow the pieces, the last one first.
  void append_sentinels(int64_t count, const std::string& name) {
    check(count <= kMaxSentinels, "{}: {} sentinels are too many", name, count);
    // exercise 07-tokens/sentinels — `count` more ids, of which <extra_id_0> has the highest
    vocab_size_ += static_cast<int32_t>(count);
    for (int64_t k = 0; k < count; ++k)
      sentinels_.push_back(static_cast<int32_t>(vocab_size_ - 1 - k));
    // end exercise
  }

  // Whether the vocabulary takes the first character for white space: between two letters it then
  // becomes ▁.
  bool begins_with_space(std::string_view text) const {
    std::string first(text.substr(0, std::max<size_t>(1, utf8_length(text, 0))));
    return normalizer_("a" + first + "a", false).find(kSpaceMark) != std::string::npos;
  }

  // Pieces side by side, each ▁ a space, but none at the beginning; bytes put together again.
  std::string text_of(std::span<const int32_t> ids) const {
    std::string text, bytes;
    bool drop_space = model_.add_dummy_prefix || model_.remove_extra_whitespaces;
    for (int32_t id : ids) {
      const Piece& piece = model_.pieces[id];
      if (std::optional<char> byte = byte_of(piece)) {
        bytes += *byte;
        continue;
      }
      append_utf8(bytes, text);
      if (piece.type == PieceType::kControl) continue;
      std::string_view letters = piece.text;
      if (drop_space && text.empty() && letters.starts_with(kSpaceMark)) {
        letters.remove_prefix(kSpaceMark.size());
        drop_space = model_.remove_extra_whitespaces;
      }
      append_spaced(letters, text);
    }
    append_utf8(bytes, text);
    return text;
  }

  PieceModel model_;
  CharacterMap map_;
  Normalizer normalizer_;
  Unigram unigram_;
  bool has_normalized_ = true;  // an added token is looked for in normalised text
};

}  // namespace

std::unique_ptr<Tokenizer> make_sentencepiece_tokenizer(PieceModel model, const std::string& name,
                                                        const TokenizerOptions& options) {
  TokenizerOptions completed = options;
  for (const Piece& piece : model.pieces)
    if (piece.type == PieceType::kControl ||
        (piece.type == PieceType::kUserDefined && options.legacy))
      completed.added.push_back({.text = piece.text, .special = piece.type == PieceType::kControl});
  if (options.legacy) return make_legacy_tokenizer(std::move(model), name, completed);
  return std::make_unique<SentencePieceTokenizer>(std::move(model), name, completed);
}

std::unique_ptr<Tokenizer> make_sentencepiece_tokenizer(const std::string& serialized,
                                                        const std::string& name,
                                                        const TokenizerOptions& options) {
  return make_sentencepiece_tokenizer(read_piece_model(serialized, name), name, options);
}

}  // namespace t5
