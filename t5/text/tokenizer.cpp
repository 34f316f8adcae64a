// What all tokenizers share: added tokens in text, and finding the right kind; see tokenizer.h.
#include "t5/text/tokenizer.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "t5/files/atomic_file.h"
#include "t5/files/json.h"
#include "t5/text/steps/tokenizer_json.h"
#include "t5/text/token_table.h"
#include "t5/text/tokenizer_files.h"
#include "t5/text/wordpiece_tokenizer.h"
#include "tensor/error.h"

namespace t5 {
namespace {

namespace fs = std::filesystem;

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

// clean_up_tokenization of transformers, rule by rule and in its order.
std::string cleaned_up(std::string text) {
  for (std::string_view mark : {" .", " ?", " !", " ,"}) replace_all(text, mark, mark.substr(1));
  replace_all(text, " ' ", "'");
  for (std::string_view end : {" n't", " 'm", " 's", " 've", " 're"})
    replace_all(text, end, end.substr(1));
  return text;
}

bool is_directory(const std::string& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

bool exists(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error);
}

// The part of tokenizer_config.json and special_tokens_map.json that is the same in both.
Json special_tokens(int64_t extra_ids) {
  Json sentinels = Json::array();
  for (int64_t k = 0; k < extra_ids; ++k) sentinels.push_back(sentinel_name(k));
  return {{"pad_token", "<pad>"},
          {"eos_token", "</s>"},
          {"unk_token", "<unk>"},
          {"additional_special_tokens", sentinels}};
}

void save_configs(const std::string& directory, const char* tokenizer_class, int64_t extra_ids) {
  Json tokens = special_tokens(extra_ids), config = tokens;
  config["tokenizer_class"] = tokenizer_class;
  config["extra_ids"] = extra_ids;
  write_file(directory + "/tokenizer_config.json", json_text(config));
  write_file(directory + "/special_tokens_map.json", json_text(tokens));
}

std::unique_ptr<Tokenizer> load_json(const std::string& path, TokenizerOptions options) {
  JsonVocabulary vocabulary = read_tokenizer_json(path, options.legacy);
  if (!vocabulary.eos.empty()) options.eos = vocabulary.eos;
  return make_step_tokenizer(std::move(vocabulary.steps), path, options);
}

}  // namespace

Tokenizer::PieceId Tokenizer::ids_of(const std::vector<Piece>& pieces) {
  auto ids = std::make_shared<std::unordered_map<std::string_view, int32_t>>();
  for (size_t id = 0; id < pieces.size(); ++id)
    ids->emplace(pieces[id].text, static_cast<int32_t>(id));
  return [ids](const std::string& text) {
    auto found = ids->find(text);
    return found == ids->end() ? -1 : found->second;
  };
}

std::string sentinel_name(int64_t k) { return fmt::format("<extra_id_{}>", k); }

bool holds_sentinels(const PieceModel& model) {
  const std::string first = sentinel_name(0), marked = "▁" + first;
  return std::any_of(model.pieces.begin(), model.pieces.end(), [&](const Piece& piece) {
    return piece.text == first || piece.text == marked;
  });
}

void Tokenizer::add_tokens(const TokenizerOptions& options, const PieceId& piece_id,
                           const std::string& name) {
  TokenTable table(
      piece_id, [this](int32_t id) { return plain_piece(id); }, vocab_size_, name);
  for (size_t k = 0; k < sentinels_.size(); ++k)
    table.reserve(sentinel_name(static_cast<int64_t>(k)), sentinels_[k]);
  for (const AddedToken& token : options.added) table.add(token);
  for (size_t k = 0; k < sentinels_.size(); ++k)
    table.add({.text = sentinel_name(static_cast<int64_t>(k)), .special = true});
  table.add({.text = plain_piece(unk_), .special = true});
  pad_ = table.require(options.pad, "pad_token");
  eos_ = table.require(options.eos, "eos_token");
  vocab_size_ = table.size();
  sentinels_.clear();
  for (int32_t id; (id = table.id(sentinel_name(sentinel_count()))) >= 0;) sentinels_.push_back(id);
  if (sentinels_.empty())  // mT5's are pieces of their own, and found as these are
    for (int32_t id; (id = piece_id("▁" + sentinel_name(sentinel_count()))) >= 0;)
      sentinels_.push_back(id);
  added_ = AddedTokens(table.take(), [this](std::string_view text) { return normalize(text); });
  clean_up_ = options.clean_up;
}

void Tokenizer::encode_part(std::string_view text, bool after_special,
                            std::vector<int32_t>& ids) const {
  std::string normalized = normalize(text);
  for (const AddedTokens::Part& part : added_.split(normalized, true)) {
    if (part.token != nullptr)
      ids.push_back(part.token->id);
    else
      encode_plain(part.text, after_special, ids);
    after_special = true;
  }
}

std::vector<int32_t> Tokenizer::encode_without_eos(std::string_view text) const {
  std::vector<int32_t> ids;
  bool after_special = false;
  for (const AddedTokens::Part& part : added_.split(text)) {
    if (part.token != nullptr)
      ids.push_back(part.token->id);
    else
      encode_part(part.text, after_special, ids);
    after_special = true;
  }
  if (watch_) watch_(text, ids);
  return ids;
}

std::vector<int32_t> Tokenizer::encode(std::string_view text) const {
  std::vector<int32_t> ids = encode_without_eos(text);
  if (ids.empty() || ids.back() != eos_) ids.push_back(eos_);
  return ids;
}

void Tokenizer::decode_all(std::span<const int32_t> ids, std::string_view after_token,
                           std::string& text) const {
  std::vector<int32_t> run;  // plain ids not yet decoded
  auto decode_run = [&] {
    if (!run.empty()) decode_plain(run, text);
    run.clear();
  };
  for (int32_t id : ids) {
    const AddedToken* token = added_.find(id);
    if (token == nullptr) {
      run.push_back(id);
      continue;
    }
    decode_run();
    text.append(token->text).append(after_token);
  }
  decode_run();
}

std::string Tokenizer::decode(std::span<const int32_t> ids, DecodeOptions options) const {
  std::vector<int32_t> kept;
  for (int32_t id : ids) {
    check(id >= 0, "decode: negative id {}; remove the -100 of padded labels first", id);
    int32_t known = id < vocab_size_ ? id : unk_;
    const AddedToken* token = added_.find(known);
    if (token == nullptr || !token->special || !options.skip_special) kept.push_back(known);
    if (id == eos_) break;
  }
  std::string text;
  decode_all(kept, options.clean_up ? " " : "", text);
  if (options.clean_up && text.ends_with(' ')) text.pop_back();  // after the last special token
  return options.clean_up || clean_up_ ? cleaned_up(text) : text;
}

std::string Tokenizer::piece(int32_t id) const {
  check(id >= 0 && id < vocab_size_, "piece: id {} is not in the vocabulary of {}", id,
        vocab_size_);
  const AddedToken* token = added_.find(id);
  return token == nullptr ? plain_piece(id) : token->text;
}

int32_t Tokenizer::sentinel(int64_t k) const {
  check(k >= 0 && k < sentinel_count(), "sentinel: <extra_id_{}> is not one of the {} sentinels", k,
        sentinel_count());
  return sentinels_[k];
}

std::unique_ptr<Tokenizer> load_tokenizer(const std::string& path,
                                          const TokenizerOptions& options) {
  if (!is_directory(path)) return make_sentencepiece_tokenizer(read_file(path), path, options);
  TokenizerFiles files = read_tokenizer_files(path, options);
  if (files.kind == "ByT5Tokenizer") return make_byte_tokenizer(files.options);
  std::string json = path + "/tokenizer.json", model = path + "/spiece.model";
  bool has_words =
      files.kind.empty() && !exists(json) && !exists(model) && exists(path + "/vocab.txt");
  if (files.kind == "BertTokenizer" || has_words)
    return load_wordpiece_tokenizer(path, files.options);
  if (exists(json)) return load_json(json, files.options);
  check(exists(model),
        "{}: no tokenizer here: neither spiece.model nor tokenizer.json nor a "
        "tokenizer_config.json that names ByT5Tokenizer, or BertTokenizer beside a vocab.txt",
        path);
  return make_sentencepiece_tokenizer(read_file(model), model, files.options);
}

void save_sentencepiece(const std::string& directory, const std::string& serialized,
                        int64_t extra_ids) {
  if (holds_sentinels(read_piece_model(serialized, "the vocabulary"))) extra_ids = 0;
  make_directories(directory);
  write_file(directory + "/spiece.model", serialized);
  save_configs(directory, "T5Tokenizer", extra_ids);
}

void save_byte_tokenizer(const std::string& directory, int64_t extra_ids) {
  make_directories(directory);
  save_configs(directory, "ByT5Tokenizer", extra_ids);
}

}  // namespace t5
