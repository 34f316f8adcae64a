#include "t5/text/cleaning/rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "t5/text/cleaning/cleaning.h"
#include "t5/text/unicode/unicode.h"
#include "tensor/error.h"

namespace t5 {
namespace {

// Where the letters of a script stand in Unicode: its main blocks.
constexpr struct {
  const char* script;
  char32_t first, last;
} kBlocks[] = {
    {"latin", 0x41, 0x24f},       {"latin", 0x1e00, 0x1eff},    {"greek", 0x370, 0x3ff},
    {"greek", 0x1f00, 0x1fff},    {"cyrillic", 0x400, 0x52f},   {"armenian", 0x530, 0x58f},
    {"hebrew", 0x590, 0x5ff},     {"arabic", 0x600, 0x6ff},     {"arabic", 0x750, 0x77f},
    {"devanagari", 0x900, 0x97f}, {"bengali", 0x980, 0x9ff},    {"tamil", 0xb80, 0xbff},
    {"thai", 0xe00, 0xe7f},       {"georgian", 0x10a0, 0x10ff}, {"hangul", 0x1100, 0x11ff},
    {"kana", 0x3040, 0x30ff},     {"han", 0x3400, 0x9fff},      {"hangul", 0xac00, 0xd7a3},
    {"han", 0x20000, 0x323af},
};

bool is_letter(char32_t code) { return is_word(code) && !is_numeric(code) && code != '_'; }

template <class Use>
void for_each_character(std::string_view text, const Use& use) {
  while (!text.empty()) {
    Character c = first_character(text);
    use(c.code, text.substr(0, c.length));
    text.remove_prefix(c.length);
  }
}

// The length of the tag or comment that `text` begins with; 0 when it begins with none.
size_t tag_length(std::string_view text) {
  if (text.starts_with("<!--")) {
    size_t end = text.find("-->", 4);
    return end == text.npos ? 0 : end + 3;
  }
  auto is_ascii_letter = [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
  size_t name = text.size() > 1 && (text[1] == '/' || text[1] == '!') ? 2 : 1;
  if (text.size() <= name || text[0] != '<' || !is_ascii_letter(text[name])) return 0;
  size_t end = text.find_first_of("<>", 1);
  return end == text.npos || text[end] == '<' ? 0 : end + 1;
}

// The character that an entity stands for, without its & and ;.
std::optional<char32_t> entity(std::string_view name) {
  constexpr std::pair<std::string_view, char32_t> kNames[] = {
      {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}, {"nbsp", 0xa0}};
  for (const auto& [known, code] : kNames)
    if (name == known) return code;
  if (!name.starts_with('#')) return std::nullopt;
  bool hexadecimal = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
  name.remove_prefix(hexadecimal ? 2 : 1);
  uint32_t code = 0;
  auto [end, error] =
      std::from_chars(name.data(), name.data() + name.size(), code, hexadecimal ? 16 : 10);
  bool is_character = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  if (error != std::errc() || end != name.data() + name.size() || !is_character)
    return std::nullopt;
  return code;
}

}  // namespace

std::vector<std::string> script_names() {
  std::vector<std::string> names;
  for (const auto& block : kBlocks)
    if (std::find(names.begin(), names.end(), block.script) == names.end())
      names.emplace_back(block.script);
  return names;
}

std::string without_markup(const std::string& text) {
  constexpr size_t kLongestEntity = 10;
  std::string clean;
  for (size_t at = 0; at < text.size();) {
    std::string_view rest = std::string_view(text).substr(at);
    if (size_t length = rest[0] == '<' ? tag_length(rest) : 0) {
      clean += ' ';
      at += length;
      continue;
    }
    size_t end = rest[0] == '&' ? rest.substr(0, kLongestEntity).find(';') : rest.npos;
    if (auto code = end == rest.npos ? std::nullopt : entity(rest.substr(1, end - 1))) {
      append_utf8(*code, clean);
      at += end + 1;
      continue;
    }
    clean += text[at++];
  }
  return clean;
}

std::string one_blank_between_words(const std::string& text) {
  std::string clean;
  bool is_apart = false;
  for_each_character(text, [&](char32_t code, std::string_view bytes) {
    constexpr char32_t kNonJoiner = 0x200c, kJoiner = 0x200d;
    bool is_blank = is_space(code) || code == 0x200b;  // U+200B: a place where a line may break
    if (!is_blank && code != kNonJoiner && code != kJoiner && !is_visible(bytes)) return;
    if (!is_blank && is_apart && !clean.empty()) clean += ' ';
    is_apart = is_blank;
    if (!is_blank) clean += bytes;
  });
  return clean;
}

int64_t character_count(const std::string& text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; });
}

double script_share(const std::string& text, const std::vector<std::string>& scripts) {
  std::vector<std::string> known = script_names();
  for (const std::string& script : scripts)
    check(std::find(known.begin(), known.end(), script) != known.end(),
          "clean: script '{}' is not one of {}", script, fmt::join(known, ", "));
  int64_t letters = 0, of_these = 0;
  for_each_character(text, [&](char32_t code, std::string_view) {
    if (!is_letter(code)) return;
    ++letters;
    for (const auto& block : kBlocks)
      if (code >= block.first && code <= block.last)
        of_these += std::find(scripts.begin(), scripts.end(), block.script) != scripts.end();
  });
  return letters == 0 ? 1 : static_cast<double>(of_these) / static_cast<double>(letters);
}

bool has_terminal_punctuation(const std::string& text) {
  if (text.ends_with("...") || text.ends_with("…")) return false;
  for (const char* end : {".", "!", "?", "\"", "”", "»", "。", "！", "？"})
    if (text.ends_with(end)) return true;
  return false;
}

int64_t sentence_count(const std::string& text) {
  int64_t sentences = 0;
  bool after_end = false;
  for_each_character(text, [&](char32_t code, std::string_view) {
    bool is_wide = code == U'。' || code == U'！' || code == U'？';  // no blank follows these
    bool is_end = code == '.' || code == '!' || code == '?';
    bool closes = code == '"' || code == '\'' || code == ')' || code == U'”' || code == U'»';
    if (after_end && is_space(code)) ++sentences;
    if (is_wide) ++sentences;
    after_end = is_end || (after_end && closes);
  });
  return sentences + after_end;
}

bool holds_phrase(const std::string& text, const std::vector<std::string>& phrases) {
  std::string small = lower_case(text);
  for (const std::string& phrase : phrases)
    for (size_t at = small.find(phrase); at != small.npos; at = small.find(phrase, at + 1)) {
      std::string_view before = std::string_view(small).substr(0, at),
                       after = std::string_view(small).substr(at + phrase.size());
      if (!ends_with_word(before) && !begins_with_word(after)) return true;
    }
  return false;
}

}  // namespace t5
