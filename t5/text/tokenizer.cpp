// What all tokenizers share: special tokens in text, and finding the right kind; see tokenizer.h.
#include "t5/text/tokenizer.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "t5/files/atomic_file.h"
#include "t5/files/json.h"
#include "t5/text/tokenizer_json.h"
#include "tensor/error.h"

namespace t5 {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSentinel = "<extra_id_";

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

// clean_up_tokenization of transformers, rule by rule and in its order.
std::string cleaned_up(std::string text) {
  if (text.ends_with(' ')) text.pop_back();  // after the last special token
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

void save_configs(DirectoryUpdate& to, const char* tokenizer_class, int64_t extra_ids) {
  to.displace({std::begin(kTokenizerFiles), std::end(kTokenizerFiles)});
  Json tokens = special_tokens(extra_ids), config = tokens;
  config["tokenizer_class"] = tokenizer_class;
  config["extra_ids"] = extra_ids;
  to.write("tokenizer_config.json", json_text(config));
  to.write("special_tokens_map.json", json_text(tokens));
}

// For a directory without spiece.model. The file knows its sentinels better than the config.
std::unique_ptr<Tokenizer> load_tokenizer_json(const std::string& directory,
                                               TokenizerOptions options) {
  std::string path = directory + "/tokenizer.json";
  check(exists(path),
        "{}: no tokenizer here: neither spiece.model nor tokenizer.json nor a "
        "tokenizer_config.json that names ByT5Tokenizer",
        directory);
  JsonVocabulary vocabulary = read_tokenizer_json(path);
  options.extra_ids = vocabulary.extra_ids;
  return make_sentencepiece_tokenizer(std::move(vocabulary.model), path, options);
}

}  // namespace

std::string sentinel_name(int64_t k) { return fmt::format("{}{}>", kSentinel, k); }

Tokenizer::Special Tokenizer::special_at(std::string_view text) const {
  if (text.starts_with("<pad>")) return {pad_, 5};
  if (text.starts_with("</s>")) return {eos_, 4};
  if (text.starts_with("<unk>")) return {unk_, 5};
  if (!text.starts_with(kSentinel)) return {0, 0};
  const char* digits = text.data() + kSentinel.size();
  const char* end = text.data() + text.size();
  int64_t k = -1;
  const char* after = std::from_chars(digits, end, k).ptr;
  bool valid = k >= 0 && k < sentinel_count() && after != end && *after == '>';
  if (!valid || !text.starts_with(sentinel_name(k))) return {0, 0};  // "01" is not a number here
  return {sentinels_[k], static_cast<size_t>(after + 1 - text.data())};
}

std::string Tokenizer::special_name(int32_t id) const {
  if (id == pad_) return "<pad>";
  if (id == eos_) return "</s>";
  if (id == unk_) return "<unk>";
  auto found = std::find(sentinels_.begin(), sentinels_.end(), id);
  return found == sentinels_.end() ? "" : sentinel_name(found - sentinels_.begin());
}

std::vector<int32_t> Tokenizer::encode_without_eos(std::string_view text) const {
  std::vector<int32_t> ids;
  bool after_special = false;
  size_t begin = 0;  // of the plain text not yet encoded
  for (size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at)) {
    Special special = special_at(text.substr(at));
    if (special.length == 0) {
      ++at;
      continue;
    }
    if (at > begin) encode_plain(text.substr(begin, at - begin), after_special, ids);
    ids.push_back(special.id);
    after_special = true;
    begin = at += special.length;
  }
  if (begin < text.size()) encode_plain(text.substr(begin), after_special, ids);
  return ids;
}

std::vector<int32_t> Tokenizer::encode(std::string_view text) const {
  std::vector<int32_t> ids = encode_without_eos(text);
  if (ids.empty() || ids.back() != eos_) ids.push_back(eos_);
  return ids;
}

std::string Tokenizer::decode(std::span<const int32_t> ids, DecodeOptions options) const {
  std::string text;
  std::vector<int32_t> run;  // plain ids not yet decoded
  auto decode_run = [&] {
    if (!run.empty()) decode_plain(run, text);
    run.clear();
  };
  for (int32_t id : ids) {
    check(id >= 0, "decode: negative id {}; remove the -100 of padded labels first", id);
    std::string special = special_name(id < vocab_size_ ? id : unk_);
    if (special.empty()) {
      run.push_back(id);
    } else if (!options.skip_special) {
      decode_run();
      text += special;
      if (options.clean_up) text += ' ';
    }
    if (id == eos_) break;
  }
  decode_run();
  return options.clean_up ? cleaned_up(text) : text;
}

std::string Tokenizer::piece(int32_t id) const {
  check(id >= 0 && id < vocab_size_, "piece: id {} is not in the vocabulary of {}", id,
        vocab_size_);
  std::string special = special_name(id);
  return special.empty() ? plain_piece(id) : special;
}

int32_t Tokenizer::sentinel(int64_t k) const {
  check(k >= 0 && k < sentinel_count(), "sentinel: <extra_id_{}> is not one of the {} sentinels", k,
        sentinel_count());
  return sentinels_[k];
}

std::unique_ptr<Tokenizer> load_tokenizer(const std::string& path,
                                          const TokenizerOptions& options) {
  TokenizerOptions resolved = options;
  std::string model = path;
  if (is_directory(path)) {
    finish_update(path);
    model = path + "/spiece.model";
    std::string config = path + "/tokenizer_config.json";
    if (exists(config)) {
      JsonObject object = JsonObject::read(config);
      bool bytes = object.string("tokenizer_class", "").starts_with("ByT5");
      resolved.legacy = options.legacy || object.boolean("legacy", false);
      if (options.extra_ids < 0)
        resolved.extra_ids = object.integer("extra_ids", 0, kMaxSentinels, bytes ? 125 : 100);
      if (bytes) return make_byte_tokenizer(resolved.extra_ids);
    }
    if (!exists(model)) return load_tokenizer_json(path, resolved);
  }
  return make_sentencepiece_tokenizer(read_file(model), model, resolved);
}

void save_sentencepiece(DirectoryUpdate& to, const std::string& serialized, int64_t extra_ids) {
  save_configs(to, "T5Tokenizer", extra_ids);
  to.write("spiece.model", serialized);
}

void save_sentencepiece(const std::string& directory, const std::string& serialized,
                        int64_t extra_ids) {
  DirectoryUpdate update(directory);
  save_sentencepiece(update, serialized, extra_ids);
  update.commit();
}

void save_byte_tokenizer(const std::string& directory, int64_t extra_ids) {
  DirectoryUpdate update(directory);
  save_configs(update, "ByT5Tokenizer", extra_ids);
  update.commit();
}

}  // namespace t5
