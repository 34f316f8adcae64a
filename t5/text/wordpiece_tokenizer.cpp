// BERT's vocabulary, which Chinese T5 models use; see wordpiece_tokenizer.h.
#include "t5/text/wordpiece_tokenizer.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "t5/files/json.h"
#include "t5/text/lines.h"
#include "t5/text/unicode/unicode.h"
#include "t5/text/wordpiece.h"
#include "tensor/error.h"

namespace t5 {
namespace {

constexpr size_t kMaxPieces = 1 << 20;

// Of equal lines the last has the piece, and the others stand for nothing.
WordPiece::Pieces read_lines_of_pieces(const std::string& path) {
  WordPiece::Pieces pieces;
  std::unordered_map<std::string, size_t> places;
  for (std::string& line : read_lines(path)) {
    line.resize(line.size() - space_length_at_end(line));
    if (auto [at, is_new] = places.try_emplace(line, pieces.size()); !is_new) {
      pieces[at->second].reset();
      at->second = pieces.size();
    }
    pieces.emplace_back(std::move(line));
  }
  return pieces;
}

// {"[PAD]": 0, …}
WordPiece::Pieces read_json_pieces(const std::string& path) {
  JsonObject model = JsonObject::read(path).object("model");
  std::string type = model.string("type", "WordPiece");
  check(type == "WordPiece", "{}: type: '{}' is not WordPiece, which BertTokenizer needs",
        model.name(), type);
  JsonObject vocab = model.object("vocab");
  WordPiece::Pieces pieces;
  for (const auto& item : vocab.value().items()) {
    auto id = static_cast<size_t>(vocab.integer(item.key(), 0, kMaxPieces - 1));
    if (id >= pieces.size()) pieces.resize(id + 1);
    check(!pieces[id], "{}: '{}' and '{}' have the same id, {}", vocab.name(), *pieces[id],
          item.key(), id);
    pieces[id] = item.key();
  }
  return pieces;
}

bool exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

// The names that no file gives, before the tokens that have no id yet.
void add_default_names(TokenizerOptions& options) {
  std::vector<AddedToken>& added = options.added;
  auto place = std::find_if(added.begin(), added.end(),
                            [](const AddedToken& token) { return token.id < 0; });
  for (auto [key, text] : {std::pair{"unk_token", "[UNK]"},
                           {"sep_token", "[SEP]"},
                           {"pad_token", "[PAD]"},
                           {"cls_token", "[CLS]"},
                           {"mask_token", "[MASK]"}})
    if (options.names.try_emplace(key, text).second)
      place = std::next(added.insert(place, {.text = text, .special = true}));
}

class WordPieceTokenizer : public Tokenizer {
 public:
  WordPieceTokenizer(WordPiece::Pieces pieces, const BertNormalizer& normalizer,
                     TokenizerOptions options, const std::string& name)
      : normalizer_(normalizer) {
    vocab_size_ = static_cast<int32_t>(pieces.size());
    add_default_names(options);
    pieces_ = WordPiece(std::move(pieces), options.names["unk_token"]);
    unk_ = pieces_.unknown();
    check(unk_ >= 0, "{}: there is no piece '{}'", name, options.names["unk_token"]);
    options.pad = options.names["pad_token"];
    options.eos = options.names["sep_token"];
    auto id_of = [this](const std::string& text) { return pieces_.id(text); };
    add_tokens(options, id_of, name);
    for (const AddedToken& token : added().tokens())
      if (token.text == options.names["cls_token"]) cls_ = token.id;
    for (int64_t k = sentinel_count();; ++k) {
      int32_t id = id_of(sentinel_name(k));
      if (id < 0) id = id_of(fmt::format("extra{}", k));
      if (id < 0) break;
      sentinels_.push_back(id);
    }
  }

  std::vector<int32_t> encode(std::string_view text) const override {
    std::vector<int32_t> ids = encode_without_eos(text);
    ids.insert(ids.begin(), cls_);
    ids.push_back(eos_);
    return ids;
  }

 protected:
  std::string normalize(std::string_view text) const override { return normalizer_(text); }

  void encode_plain(std::string_view text, bool, std::vector<int32_t>& ids) const override {
    for (std::string_view word : bert_words(text)) pieces_.encode(word, ids);
  }

  void decode_plain(std::span<const int32_t> ids, std::string& text) const override {
    decode_all(ids, "", text);
  }

  // An added token is a piece like others.
  void decode_all(std::span<const int32_t> ids, std::string_view after_token,
                  std::string& text) const override {
    bool is_first = true;
    for (int32_t id : ids) {
      const AddedToken* token = added().find(id);
      std::optional<std::string> piece = token ? token->text : pieces_.pieces()[id];
      if (!piece) continue;
      append_piece(*piece, is_first, text);
      if (token) text += after_token;
      is_first = false;
    }
  }

  std::string plain_piece(int32_t id) const override { return pieces_.pieces()[id].value_or(""); }

 private:
  BertNormalizer normalizer_;
  WordPiece pieces_;
  int32_t cls_ = 0;
};

}  // namespace

std::unique_ptr<Tokenizer> load_wordpiece_tokenizer(const std::string& directory,
                                                    const TokenizerOptions& options) {
  BertNormalizer normalizer;
  if (std::string path = directory + "/tokenizer_config.json"; exists(path)) {
    JsonObject config = JsonObject::read(path);
    normalizer.lower_case = config.boolean("do_lower_case", true);
    normalizer.strip_accents = config.boolean("strip_accents", normalizer.lower_case);
    normalizer.split_chinese = config.boolean("tokenize_chinese_chars", true);
  }
  std::string path = directory + "/tokenizer.json";
  bool is_json = exists(path);
  if (!is_json) path = directory + "/vocab.txt";
  WordPiece::Pieces pieces = is_json ? read_json_pieces(path) : read_lines_of_pieces(path);
  check(!pieces.empty() && pieces.size() <= kMaxPieces, "{}: {} pieces; there are 1 to {}", path,
        pieces.size(), kMaxPieces);
  return std::make_unique<WordPieceTokenizer>(std::move(pieces), normalizer, options, path);
}

}  // namespace t5
