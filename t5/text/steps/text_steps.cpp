// What the steps share, and decoders; see text_steps.h.
#include "t5/text/steps/text_steps.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "t5/text/lines.h"
#include "t5/text/normalizer.h"
#include "t5/text/piece_model.h"
#include "t5/text/unicode/unicode.h"
#include "tensor/error.h"

namespace t5 {
namespace {

constexpr size_t kMaxPattern = 1000;  // bytes

// Removes `suffix` of the form + or {n,} from a regular expression; returns n, 0 for no suffix.
size_t take_repetition(std::string& regex) {
  if (regex.size() > 1 && regex.ends_with('+') && !regex.ends_with("\\+")) {
    regex.pop_back();
    return 1;
  }
  size_t open = regex.rfind('{'), least = 0;
  if (open == regex.npos || open == 0 || !regex.ends_with(",}")) return 0;
  const char *begin = regex.data() + open + 1, *end = regex.data() + regex.size() - 2;
  auto [after, error] = std::from_chars(begin, end, least);
  if (error != std::errc() || after != end) return 0;
  regex.resize(open);
  return least;
}

// What a regular expression for one string spells; nothing when it has other operators.
std::optional<std::string> literal_of(std::string_view regex) {
  std::string literal;
  for (size_t i = 0; i < regex.size(); ++i) {
    std::string_view operators = "\\^$.|?*+()[]{}";
    if (regex[i] == '\\' && i + 1 < regex.size() && operators.find(regex[i + 1]) != operators.npos)
      ++i;
    else if (operators.find(regex[i]) != operators.npos)
      return std::nullopt;
    literal += regex[i];
  }
  return literal;
}

// Fuse: all pieces become one.
void fuse(std::vector<std::string>& pieces) {
  std::string text;
  for (const std::string& piece : pieces) text += piece;
  pieces = {std::move(text)};
}

// ByteFallback: pieces <0x41> … become their characters, U+FFFD for each when they form none.
void join_bytes(std::vector<std::string>& pieces) {
  std::vector<std::string> out;
  std::string bytes;
  auto end_bytes = [&] {
    bool valid = find_invalid_utf8(bytes) == std::string::npos;
    if (valid && !bytes.empty()) out.push_back(bytes);
    for (size_t i = 0; !valid && i < bytes.size(); ++i) out.emplace_back("\uFFFD");
    bytes.clear();
  };
  for (const std::string& piece : pieces) {
    bool is_byte = piece.size() == 6 && piece.starts_with("<0x") && piece.ends_with('>');
    std::optional<char> byte = is_byte ? byte_of({piece, 0, PieceType::kByte}) : std::nullopt;
    if (byte) {
      bytes += *byte;
      continue;
    }
    end_bytes();
    out.push_back(piece);
  }
  end_bytes();
  pieces = std::move(out);
}

// Strip: up to `start` times `content` at the beginning of each piece, `stop` at its end.
void strip_pieces(std::vector<std::string>& pieces, const std::string& content, int64_t start,
                  int64_t stop) {
  for (std::string& piece : pieces) {
    for (int64_t i = 0; i < start && piece.starts_with(content); ++i)
      piece.erase(0, content.size());
    for (int64_t i = 0; i < stop && piece.ends_with(content); ++i)
      piece.resize(piece.size() - content.size());
  }
}

Joining metaspace_decoder(const std::string& mark, bool has_prefix) {
  return [=](std::vector<std::string>& pieces) {
    for (size_t i = 0; i < pieces.size(); ++i)
      for (size_t at = 0; (at = pieces[i].find(mark, at)) != std::string::npos;)
        pieces[i].replace(at, mark.size(), i == 0 && has_prefix ? "" : " ");
  };
}

}  // namespace

void refuse_step(const JsonObject& json, const std::string& what) {
  fail("{}: {} is not known here; a directory with spiece.model alone needs no such step",
       json.name(), what);
}

std::vector<JsonObject> steps_of(const JsonObject& json, const std::string& key) {
  Json steps = json.value().value(key, Json());
  check(steps.is_array() && steps.size() <= 32, "{}: {}: expected an array of at most 32 steps",
        json.name(), key);
  std::vector<JsonObject> objects;
  for (Json& step : steps) objects.emplace_back(std::move(step), json.name() + ": " + key);
  return objects;
}

TextPattern::TextPattern(const JsonObject& step) {
  JsonObject pattern = step.object("pattern");
  bool is_regex = pattern.has("Regex");
  literal_ = pattern.string(is_regex ? "Regex" : "String");
  check(!literal_.empty() && literal_.size() <= kMaxPattern, "{}: a pattern of {} bytes",
        pattern.name(), literal_.size());
  if (!is_regex) return;
  std::string regex = literal_;
  least_ = take_repetition(regex);
  is_space_ = regex == "\\s";
  std::optional<std::string> literal = is_space_ ? regex : literal_of(regex);
  bool is_known =
      literal && (least_ == 0 || is_space_ || first_character(*literal).length == literal->size());
  if (!is_known) refuse_step(pattern, "the regular expression '" + literal_ + "'");
  literal_ = *literal;
}

size_t TextPattern::match(std::string_view text) const {
  size_t length = 0, count = 0;
  while (length < text.size()) {
    std::string_view rest = text.substr(length);
    Character next = first_character(rest);
    bool is_one = is_space_ ? is_space(next.code) : rest.starts_with(literal_);
    if (!is_one) break;
    length += is_space_ ? next.length : literal_.size();
    if (++count == 1 && least_ == 0) break;
  }
  return count >= std::max<size_t>(least_, 1) ? length : 0;
}

std::string TextPattern::replaced(std::string_view text, std::string_view content) const {
  std::string out;
  while (!text.empty()) {
    size_t length = match(text);
    out += length > 0 ? content : text.substr(0, 1);
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return out;
}

Joining t5_decoder() { return metaspace_decoder(std::string(kSpaceMark), true); }

Joining read_decoder(const JsonObject& json) {
  std::string type = json.string("type");
  if (type == "Sequence") {
    std::vector<Joining> steps;
    for (const JsonObject& step : steps_of(json, "decoders")) steps.push_back(read_decoder(step));
    return [steps](std::vector<std::string>& pieces) {
      for (const Joining& step : steps) step(pieces);
    };
  }
  if (type == "Metaspace") {
    bool has_prefix = json.boolean("add_prefix_space", true) &&
                      json.string("prepend_scheme", "always") != "never";
    return metaspace_decoder(json.string("replacement"), has_prefix);
  }
  if (type == "Replace") {
    TextPattern pattern(json);
    std::string content = json.string("content");
    return [=](std::vector<std::string>& pieces) {
      for (std::string& piece : pieces) piece = pattern.replaced(piece, content);
    };
  }
  if (type == "Strip") {
    std::string content = json.string("content");
    int64_t start = json.integer("start", 0, 1000), stop = json.integer("stop", 0, 1000);
    check(!content.empty(), "{}: content is empty", json.name());
    return [=](std::vector<std::string>& pieces) { strip_pieces(pieces, content, start, stop); };
  }
  if (type == "Fuse") return fuse;
  if (type == "ByteFallback") return join_bytes;
  refuse_step(json, "the decoder '" + type + "'");
}

}  // namespace t5
