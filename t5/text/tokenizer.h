// Text to token ids and back, as T5 does it.
//
// A tokenizer splits text at its added tokens (<pad>, </s>, <unk>, the sentinels <extra_id_0> …,
// and what a user has added), gives each its id, and hands the plain text between them to the
// vocabulary: SentencePiece pieces (T5, mT5, Flan-T5), the steps of a tokenizer.json, words in
// BERT's pieces (wordpiece_tokenizer.h), or bytes (ByT5). Ids are those of transformers. Training a
// vocabulary needs SentencePiece, in sentencepiece_trainer.cpp alone.
//
// Threads: several may use one tokenizer at once.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "t5/text/added_tokens.h"
#include "t5/text/piece_model.h"

namespace t5 {

inline constexpr int64_t kMaxSentinels = 10'000;  // T5 has 100, ByT5 125
std::string sentinel_name(int64_t k);             // "<extra_id_0>"
bool holds_sentinels(const PieceModel& model);    // <extra_id_0> or ▁<extra_id_0> is a piece

struct DecodeOptions {
  bool skip_special = true;  // leave out <pad>, </s>, <unk>, the sentinels and others so marked
  // The form printed by transformers before version 5: no space before . , ? ! and in English
  // contractions ("it 's" → "it's"), one space after each special token that is kept.
  bool clean_up = false;
};

struct TokenizerOptions {
  // The ids that transformers gives by default: ▁ after each added token ("<extra_id_0>." becomes
  // 32099 3 5), and its own normalisation and arithmetic where they differ from SentencePiece's.
  // The corrected form, 32099 5, is what pretraining saw. A directory whose tokenizer_config.json
  // says "legacy": true gets it in any case.
  bool legacy = false;
  int64_t extra_ids = -1;  // number of sentinels; -1: what the files say, or 100 (bytes: 125)

  // What the files of a directory say; see tokenizer_files.h.
  std::string pad = "<pad>", eos = "</s>";
  std::map<std::string, std::string> names = {};  // by "unk_token" …, those that files give
  std::vector<AddedToken> added = {};
  bool clean_up = false;  // decoded text always as transformers cleans it
};

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  // The ids of `text` and the end-of-sequence id, which is not added when the text ends in </s>.
  // Invalid UTF-8 becomes unknown. Nothing throws, but for steps of a tokenizer.json that make a
  // text grow a hundredfold.
  virtual std::vector<int32_t> encode(std::string_view text) const;
  // The same without the end, for documents that are joined before they are cut.
  std::vector<int32_t> encode_without_eos(std::string_view text) const;

  // Calls `watch` with every text that is encoded from now on and its ids, without eos, in the
  // thread that encodes it.
  using Watch = std::function<void(std::string_view text, std::span<const int32_t> ids)>;
  void watch(Watch watch) { watch_ = std::move(watch); }

  // The text of `ids` up to the first eos. Ids from vocab_size up, which are unused rows of a
  // model's embedding, count as <unk>. Throws Error for a negative id.
  std::string decode(std::span<const int32_t> ids, DecodeOptions options = {}) const;

  // The vocabulary's own spelling of a token: "▁Hello", "<extra_id_0>", for bytes "h" or "<0xC3>".
  // Throws Error unless 0 ≤ id < vocab_size.
  std::string piece(int32_t id) const;

  // The id of <extra_id_k>. Throws Error unless 0 ≤ k < sentinel_count.
  int32_t sentinel(int64_t k) const;
  int64_t sentinel_count() const { return static_cast<int64_t>(sentinels_.size()); }

  int32_t vocab_size() const { return vocab_size_; }  // with sentinels; a model's may be larger
  int32_t pad_id() const { return pad_; }
  int32_t eos_id() const { return eos_; }
  int32_t unk_id() const { return unk_; }

 protected:
  // The text in which added tokens with the flag `normalized` are looked for.
  virtual std::string normalize(std::string_view text) const { return std::string(text); }
  // Appends the ids of normalised text without added tokens. `after_special` tells that one stands
  // directly before it.
  virtual void encode_plain(std::string_view text, bool after_special,
                            std::vector<int32_t>& ids) const = 0;
  // Appends the text of ids without added tokens to what has been decoded so far.
  virtual void decode_plain(std::span<const int32_t> ids, std::string& text) const = 0;
  // The same for ids with added tokens among them, each with `after_token` behind it.
  virtual void decode_all(std::span<const int32_t> ids, std::string_view after_token,
                          std::string& text) const;
  virtual std::string plain_piece(int32_t id) const = 0;

  using PieceId = std::function<int32_t(const std::string&)>;
  static PieceId ids_of(const std::vector<Piece>& pieces);  // which must outlive it
  // The last step of a constructor: numbers the added tokens of `options`, those for pad and eos
  // among them, and the sentinels that there are. `piece_id` tells the id of a piece, -1 for none.
  // Throws Error for ids that do not fit the vocabulary, called `name`.
  void add_tokens(const TokenizerOptions& options, const PieceId& piece_id,
                  const std::string& name);
  const AddedTokens& added() const { return added_; }

  int32_t pad_ = 0, eos_ = 1, unk_ = 2, vocab_size_ = 0;
  std::vector<int32_t> sentinels_;  // id of <extra_id_k>

 private:
  void encode_part(std::string_view text, bool after_special, std::vector<int32_t>& ids) const;

  AddedTokens added_;
  Watch watch_;
  bool clean_up_ = false;
};

// Loads a tokenizer from a model directory or a SentencePiece model file. A directory holds
// tokenizer.json (see tokenizer_json.h), or spiece.model, or a tokenizer_config.json that names
// ByT5Tokenizer; tokenizer_files.h says what else is read, and which file wins. Throws Error when
// there is none of them and when the vocabulary is not one of T5's kind.
std::unique_ptr<Tokenizer> load_tokenizer(const std::string& path,
                                          const TokenizerOptions& options = {});

// ByT5 (arXiv 2105.13626): id = byte + 3, then the sentinels in rising order.
std::unique_ptr<Tokenizer> make_byte_tokenizer(int64_t extra_ids = 125);
std::unique_ptr<Tokenizer> make_byte_tokenizer(const TokenizerOptions& options);

// T5's, from a vocabulary that check_piece_model found right, or from the content of a
// SentencePiece model file. Errors call it `name`.
std::unique_ptr<Tokenizer> make_sentencepiece_tokenizer(PieceModel model, const std::string& name,
                                                        const TokenizerOptions& options = {});
std::unique_ptr<Tokenizer> make_sentencepiece_tokenizer(const std::string& serialized,
                                                        const std::string& name,
                                                        const TokenizerOptions& options = {});

struct TrainTokenizerOptions {
  static constexpr int64_t kMinVocabulary = 4, kMaxVocabulary = 1 << 20;
  static constexpr double kMinCoverage = 0.98;  // SentencePiece's own bound

  int64_t vocab_size = 32000;       // pieces, with <pad>, </s> and <unk>, without sentinels
  double character_coverage = 1.0;  // share of the characters in the text that get a piece
};

// Trains a unigram vocabulary (Kudo 2018, arXiv 1804.10959) with T5's settings and returns the
// serialized model: <pad> 0, </s> 1, <unk> 2, normalisation nmt_nfkc, no byte fallback. One thread,
// so equal lines give equal bytes. Every line counts, long ones in parts; only U+2585 ▅, which the
// library keeps for itself, gets no piece. Throws Error when the text is empty, or too small for
// `vocab_size`, naming the largest possible one.
std::string train_sentencepiece(const std::vector<std::string>& lines,
                                const TrainTokenizerOptions& options = {});

// Writes the files of a model directory that transformers' T5Tokenizer reads: spiece.model,
// tokenizer_config.json, special_tokens_map.json. Makes the directory when it is missing. A
// vocabulary that holds its own sentinels gets no others.
void save_sentencepiece(const std::string& directory, const std::string& serialized,
                        int64_t extra_ids = 100);

// The same for ByT5Tokenizer, which has no vocabulary file.
void save_byte_tokenizer(const std::string& directory, int64_t extra_ids = 125);

}  // namespace t5
