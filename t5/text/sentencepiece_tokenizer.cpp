// T5's vocabulary: the pieces of a SentencePiece model, cut by Normalizer and Unigram.
//
// ▁ before a text is right at the start of a line and after white space, and wrong after a sentinel
// in the middle of a word.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>

#include "t5/text/lines.h"
#include "t5/text/normalizer.h"
#include "t5/text/tokenizer.h"
#include "t5/text/unigram.h"
#include "tensor/error.h"

namespace t5 {
namespace {

int32_t id_of(const PieceModel& model, std::string_view text, PieceType type) {
  for (size_t id = 0; id < model.pieces.size(); ++id)
    if (model.pieces[id].text == text && model.pieces[id].type == type)
      return static_cast<int32_t>(id);
  return -1;
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
      : legacy_(options.legacy), model_(std::move(model)) {
    pad_ = id_of(model_, "<pad>", PieceType::kControl);
    eos_ = id_of(model_, "</s>", PieceType::kControl);
    unk_ = id_of(model_, "<unk>", PieceType::kUnknown);
    check(pad_ >= 0 && eos_ >= 0 && unk_ >= 0,
          "{}: a T5 vocabulary needs <pad>, </s> and <unk>; they have ids {}, {}, {}", name, pad_,
          eos_, unk_);
    normalizer_ = Normalizer(model_);
    unigram_ = Unigram(model_, unk_);
    vocab_size_ = static_cast<int32_t>(model_.pieces.size());
    if (options.extra_ids == 0)
      find_sentinels();
    else
      append_sentinels(options.extra_ids < 0 ? 100 : options.extra_ids, name);
  }

 protected:
  void encode_plain(std::string_view text, bool after_special,
                    std::vector<int32_t>& ids) const override {
    bool prefix = !after_special || legacy_ || begins_with_space(text);
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

  // mT5 keeps its sentinels among the pieces.
  void find_sentinels() {
    std::map<std::string_view, int32_t> found;
    for (size_t id = 0; id < model_.pieces.size(); ++id)
      if (model_.pieces[id].text.find("<extra_id_") != std::string::npos)
        found[model_.pieces[id].text] = static_cast<int32_t>(id);
    for (int64_t k = 0;; ++k) {
      std::string name = sentinel_name(k), marked = fmt::format("▁{}", name);
      if (!found.contains(marked) && !found.contains(name)) return;
      sentinels_.push_back(found.contains(marked) ? found[marked] : found[name]);
    }
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

  bool legacy_;
  PieceModel model_;
  Normalizer normalizer_;
  Unigram unigram_;
};

}  // namespace

std::unique_ptr<Tokenizer> make_sentencepiece_tokenizer(PieceModel model, const std::string& name,
                                                        const TokenizerOptions& options) {
  return std::make_unique<SentencePieceTokenizer>(std::move(model), name, options);
}

std::unique_ptr<Tokenizer> make_sentencepiece_tokenizer(const std::string& serialized,
                                                        const std::string& name,
                                                        const TokenizerOptions& options) {
  return make_sentencepiece_tokenizer(read_piece_model(serialized, name), name, options);
}

}  // namespace t5
