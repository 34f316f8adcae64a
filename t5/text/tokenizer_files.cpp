// Added tokens in all their forms; see tokenizer_files.h.
#include "t5/text/tokenizer_files.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <unordered_map>

#include "tensor/error.h"

namespace t5 {
namespace {

constexpr int64_t kMaxId = (1 << 24) - 1;

std::optional<JsonObject> read_if_there(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return std::nullopt;
  return JsonObject::read(path);
}

// A token's text and flags: an object with `content`.
AddedToken read_token(const JsonObject& json, bool special) {
  AddedToken token;
  token.text = json.string("content");
  token.special = special || json.boolean("special", false);
  token.single_word = json.boolean("single_word", false);
  token.lstrip = json.boolean("lstrip", false);
  token.rstrip = json.boolean("rstrip", false);
  token.normalized = json.boolean("normalized", !token.special);
  return token;
}

// A token that is given as an object or by its name alone.
AddedToken read_named(const Json& value, const std::string& place) {
  if (value.is_object()) return read_token(JsonObject(value, place), true);
  check(value.is_string(), "{}: expected a token's text or an object with its content", place);
  return {.text = value.get<std::string>(), .special = true};
}

// tokenizer_config.json's added_tokens_decoder: {"32100": {"content": "<sep>", …}, …}.
std::vector<AddedToken> read_decoder_table(const JsonObject& config) {
  std::vector<AddedToken> tokens;
  JsonObject table = config.object("added_tokens_decoder");
  for (const auto& [key, value] : table.value().items()) {
    int64_t id = -1;
    auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
    check(error == std::errc() && end == key.data() + key.size() && id >= 0 && id <= kMaxId,
          "{}: '{}' is not an id from 0 to {}", table.name(), key, kMaxId);
    tokens.push_back(read_token(JsonObject(value, table.name() + ": " + key), false));
    tokens.back().id = static_cast<int32_t>(id);
  }
  return tokens;
}

class Reader {
 public:
  Reader(const std::string& directory, const TokenizerOptions& options)
      : directory_(directory), config_(file("tokenizer_config.json")) {
    files_.options = options;
    read_settings();
    if (config_ && config_->has("added_tokens_decoder")) {
      added() = read_decoder_table(*config_);
    } else {
      map_ = file("special_tokens_map.json");
      if (auto json = file("tokenizer.json")) added() = read_added_tokens(*json);
      if (auto ids = file("added_tokens.json")) read_ids(*ids);
    }
    // There a flag alone makes no token special, only its name does, or the list.
    for (AddedToken& token : added())
      if (is_bytes()) token.special = token.text.starts_with("<extra_id_");
    std::stable_sort(added().begin(), added().end(),
                     [](const AddedToken& a, const AddedToken& b) { return a.id < b.id; });
    for (size_t i = 0; i < added().size(); ++i) places_.emplace(added()[i].text, i);
    for (const char* key : {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token",
                            "cls_token", "mask_token"})
      read_name(key);
    read_list();
  }

  TokenizerFiles take() { return std::move(files_); }

 private:
  std::optional<JsonObject> file(const char* name) const {
    return read_if_there(directory_ + "/" + name);
  }
  std::vector<AddedToken>& added() { return files_.options.added; }
  bool is_bytes() const { return files_.kind == "ByT5Tokenizer"; }

  void read_settings() {
    TokenizerOptions& options = files_.options;
    if (auto model = file("config.json")) files_.kind = model->string("tokenizer_class", "");
    if (config_) {
      files_.kind = config_->string("tokenizer_class", files_.kind);
      options.legacy = options.legacy || config_->boolean("legacy", false);
      options.clean_up = config_->boolean("clean_up_tokenization_spaces", false);
      if (options.extra_ids < 0 && config_->has("extra_ids"))
        options.extra_ids = config_->integer("extra_ids", 0, kMaxSentinels);
    }
    if (files_.kind.ends_with("Fast")) files_.kind.resize(files_.kind.size() - 4);
  }

  // added_tokens.json: {"<sep>": 32100, …}. Names and lists tell which of them are special.
  void read_ids(const JsonObject& json) {
    std::set<std::string> known;
    for (const AddedToken& token : added()) known.insert(token.text);
    for (const auto& item : json.value().items()) {
      auto id = static_cast<int32_t>(json.integer(item.key(), 0, kMaxId));
      if (known.contains(item.key())) continue;
      added().push_back({.text = item.key(), .id = id, .normalized = true});
      without_flags_.insert(item.key());
    }
  }

  // A token that has a name, or stands in the list: its flags count if no table has it.
  void add(AddedToken token, bool has_name) {
    auto [found, is_new] = places_.emplace(token.text, added().size());
    if (is_new) {
      added().push_back(std::move(token));
      return;
    }
    AddedToken& known = added()[found->second];
    if (without_flags_.contains(token.text)) {
      token.id = known.id;
      known = std::move(token);
    } else {
      known.special = known.special || has_name || is_bytes();
    }
  }

  void read_name(const std::string& key) {
    const std::optional<JsonObject>& json = map_ && map_->has(key) ? map_ : config_;
    if (!json || !json->has(key)) return;
    const Json& value = json->value().at(key);
    AddedToken token = read_named(value, json->name() + ": " + key);
    // What ByT5Tokenizer does with a name alone.
    if (value.is_string() && is_bytes()) token.lstrip = token.rstrip = true;
    files_.options.names[key] = token.text;
    if (key == "pad_token") files_.options.pad = token.text;
    if (key == "eos_token") files_.options.eos = token.text;
    add(std::move(token), true);
  }

  // The first list that is not empty.
  void read_list() {
    for (const std::optional<JsonObject>* json : {&config_, &map_})
      for (const char* key : {"extra_special_tokens", "additional_special_tokens"}) {
        if (!*json || !(*json)->has(key)) continue;
        const Json& list = (*json)->value().at(key);
        std::string place = fmt::format("{}: {}", (*json)->name(), key);
        check(list.is_array() || list.is_object(), "{}: expected an array of tokens", place);
        for (const Json& item : list) add(read_named(item, place), false);
        if (!list.empty()) return;
      }
  }

  std::string directory_;
  std::optional<JsonObject> config_, map_;
  std::unordered_map<std::string, size_t> places_;  // in added(), by text
  std::set<std::string> without_flags_;             // texts of added tokens
  TokenizerFiles files_;
};

}  // namespace

std::vector<AddedToken> read_added_tokens(const JsonObject& tokenizer_json) {
  std::string place = tokenizer_json.name() + ": added_tokens";
  Json list = tokenizer_json.value().value("added_tokens", Json::array());
  check(list.is_array() || list.is_null(), "{}: expected an array of tokens", place);
  std::vector<AddedToken> tokens;
  for (Json& item : list) {
    JsonObject json(std::move(item), place);
    tokens.push_back(read_token(json, false));
    tokens.back().id = static_cast<int32_t>(json.integer("id", 0, kMaxId));
  }
  return tokens;
}

TokenizerFiles read_tokenizer_files(const std::string& directory, const TokenizerOptions& options) {
  return Reader(directory, options).take();
}

}  // namespace t5
