#include "t5/text/steps/step_tokenizer.h"

#include <algorithm>

#include "t5/text/lines.h"
#include "t5/text/unigram.h"

namespace t5 {
namespace {

// The steps are made for UTF-8.
std::string valid_utf8(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    size_t length = utf8_length(text, at);
    out += length > 0 ? text.substr(at, length) : "\uFFFD";
    at += std::max<size_t>(length, 1);
  }
  return out;
}

class StepTokenizer : public Tokenizer {
 public:
  StepTokenizer(StepVocabulary vocabulary, const std::string& name, const TokenizerOptions& options)
      : vocabulary_(std::move(vocabulary)),
        unigram_({.pieces = vocabulary_.pieces, .byte_fallback = vocabulary_.byte_fallback},
                 vocabulary_.unk_id, true) {
    unk_ = vocabulary_.unk_id;
    vocab_size_ = static_cast<int32_t>(vocabulary_.pieces.size());
    add_tokens(options, ids_of(vocabulary_.pieces), name);
  }

 protected:
  std::string normalize(std::string_view text) const override {
    std::string valid = valid_utf8(text);
    return vocabulary_.normalization ? vocabulary_.normalization(std::move(valid)) : valid;
  }

  void encode_plain(std::string_view text, bool after_special,
                    std::vector<int32_t>& ids) const override {
    for (const Fragment& word :
         vocabulary_.splitting({std::string(text), !after_special, !after_special}))
      unigram_.encode(word.text, ids);
  }

  // A decoder sees the texts of added tokens as pieces among others.
  void decode_all(std::span<const int32_t> ids, std::string_view after_token,
                  std::string& text) const override {
    std::vector<std::string> pieces;
    for (int32_t id : ids) {
      const AddedToken* token = added().find(id);
      pieces.push_back(token == nullptr ? plain_piece(id) : token->text);
      if (token != nullptr) pieces.back() += after_token;
    }
    vocabulary_.joining(pieces);
    for (const std::string& piece : pieces) text += piece;
  }

  void decode_plain(std::span<const int32_t> ids, std::string& text) const override {
    decode_all(ids, "", text);
  }

  std::string plain_piece(int32_t id) const override { return vocabulary_.pieces[id].text; }

 private:
  StepVocabulary vocabulary_;
  Unigram unigram_;
};

}  // namespace

std::unique_ptr<Tokenizer> make_step_tokenizer(StepVocabulary vocabulary, const std::string& name,
                                               const TokenizerOptions& options) {
  return std::make_unique<StepTokenizer>(std::move(vocabulary), name, options);
}

}  // namespace t5
