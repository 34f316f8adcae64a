// Normalisers of tokenizer.json; see text_steps.h.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "t5/text/charsmap.h"
#include "t5/text/lines.h"
#include "t5/text/steps/text_steps.h"
#include "t5/text/unicode/unicode.h"
#include "t5/text/unicode/unicode_forms.h"
#include "tensor/error.h"

namespace t5 {
namespace {

// No step known makes a text a hundred times longer; a file made to do so is stopped.
constexpr size_t kMaxGrowth = 100;

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

// Nmt: characters that are seen as white space become spaces, other control characters go.
std::string nmt(const std::string& text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    auto [code, length] = first_character(std::string_view(text).substr(at));
    bool is_removed = (code >= 1 && code <= 8) || code == 0xb || (code >= 0xe && code <= 0x1f) ||
                      code == 0x7f || code == 0x8f || code == 0x9f;
    bool is_white = code == 9 || code == 0xa || code == 0xc || code == 0xd || code == 0x1680 ||
                    (code >= 0x200b && code <= 0x200f) || code == 0x2028 || code == 0x2029 ||
                    code == 0x2581 || code == 0xfeff || code == 0xfffd;
    if (is_white)
      out += ' ';
    else if (!is_removed)
      out.append(text, at, length);
    at += length;
  }
  return out;
}

std::string without_marks(const std::string& text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    auto [code, length] = first_character(std::string_view(text).substr(at));
    if (!is_mark(code)) out.append(text, at, length);
    at += length;
  }
  return out;
}

std::string strip(std::string text, bool left, bool right) {
  if (right) text.resize(text.size() - space_length_at_end(text));
  if (left) text.erase(0, space_length(text));
  return text;
}

// Unlike SentencePiece, the library replaces a letter together with its marks, when they take less
// than six bytes, by what the shortest entry of the map says; otherwise character by character.
std::string precompiled(const CharacterMap& map, std::string_view text) {
  std::string out;
  auto replace = [&](std::string_view part) {
    CharacterMap::Match match = map.shortest_match(part);
    if (match.length > 0) out += match.replacement;
    return match.length > 0;
  };
  while (!text.empty()) {
    std::string_view grapheme = text.substr(0, grapheme_length(text));
    text.remove_prefix(grapheme.size());
    if (grapheme.size() < 6 && replace(grapheme)) continue;
    while (!grapheme.empty()) {
      std::string_view part = grapheme.substr(0, first_character(grapheme).length);
      if (!replace(part)) out += part;
      grapheme.remove_prefix(part.size());
    }
  }
  return out;
}

Normalization read_precompiled(const JsonObject& json) {
  std::string place = json.name() + ": precompiled_charsmap";
  std::string bytes = decode_base64(json.string("precompiled_charsmap", ""), place);
  check(CharacterMap::is_whole(bytes), "{}: the character map is damaged", place);
  return precompiled_step(bytes);
}

Normalization read_sequence(const JsonObject& json) {
  std::vector<Normalization> steps;
  for (const JsonObject& step : steps_of(json, "normalizers"))
    steps.push_back(read_normalizer(step));
  return [steps, name = json.name()](std::string text) {
    size_t limit = kMaxGrowth * (text.size() + 1);
    for (const Normalization& step : steps) {
      text = step(std::move(text));
      check(text.size() <= limit, "{}: a text grew to more than {} times its length", name,
            kMaxGrowth);
    }
    return text;
  };
}

Normalization read_replace(const JsonObject& json) {
  TextPattern pattern(json);
  std::string content = json.string("content");
  check(content.size() <= kMaxGrowth, "{}: a content of {} bytes", json.name(), content.size());
  return [=](const std::string& text) { return pattern.replaced(text, content); };
}

Normalization read_prepend(const JsonObject& json) {
  std::string prefix = json.string("prepend");
  check(prefix.size() <= kMaxGrowth, "{}: {} bytes to prepend", json.name(), prefix.size());
  return [=](const std::string& text) { return text.empty() ? text : prefix + text; };
}

}  // namespace

Normalization precompiled_step(const std::string& charsmap) {
  auto map = std::make_shared<CharacterMap>(charsmap);
  return [map](const std::string& text) { return precompiled(*map, text); };
}

Normalization read_normalizer(const JsonObject& json) {
  std::string type = json.string("type");
  if (type == "Sequence") return read_sequence(json);
  if (type == "Precompiled") return read_precompiled(json);
  if (type == "Replace") return read_replace(json);
  if (type == "Prepend") return read_prepend(json);
  if (type == "Strip") {
    bool left = json.boolean("strip_left", true), right = json.boolean("strip_right", true);
    return [=](std::string text) { return strip(std::move(text), left, right); };
  }
  if (type == "Lowercase") return lower_case;
  if (type == "StripAccents") return without_marks;
  if (type == "Nmt") return nmt;
  const std::pair<const char*, NormalForm> forms[] = {{"NFC", NormalForm::kNFC},
                                                      {"NFD", NormalForm::kNFD},
                                                      {"NFKC", NormalForm::kNFKC},
                                                      {"NFKD", NormalForm::kNFKD}};
  for (auto [name, form] : forms)
    if (type == name) return [form](const std::string& text) { return normal_form(text, form); };
  refuse_step(json, "the normaliser '" + type + "'");
}

}  // namespace t5
