// Classes of characters, looked up in runs; see unicode.h.
#include "t5/text/unicode/unicode.h"

#include <algorithm>

#include "t5/text/lines.h"
#include "t5/text/unicode/unicode_runs.h"

namespace t5 {
namespace {

constexpr char32_t kInvalid = 0xFFFD;

char class_of(char32_t code) {
  static const UnicodeRuns runs(kCharacterClasses);
  const UnicodeRuns::Run* run = runs.find(code);
  return run == nullptr ? ' ' : run->mark;
}

// The last character of `text`, which is not empty.
Character last_character(std::string_view text) {
  size_t at = text.size() - 1;
  while (at > 0 && text.size() - at < 4 && (text[at] & 0xc0) == 0x80) --at;
  Character last = first_character(text.substr(at));
  return at + last.length == text.size() ? last : Character{kInvalid, 1};
}

// A mark does not belong to these: separators of lines, and what is invisible.
bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || code == 0x61c ||
         code == 0x180e || code == 0x200b || code == 0x200e || code == 0x200f ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) ||
         code == 0xfeff || (code >= 0xfff0 && code <= 0xfffb);
}

// What belongs to the character before it: marks, joiners, voiced sound marks, shades of skin.
bool extends(char32_t code) {
  return is_mark(code) || code == 0x200c || code == 0x200d || code == 0xff9e || code == 0xff9f ||
         code == 0xe33 || code == 0xeb3 || (code >= 0x1f3fb && code <= 0x1f3ff);
}

}  // namespace

Character first_character(std::string_view text) {
  size_t length = utf8_length(text, 0);
  if (length == 0) return {kInvalid, 1};
  auto lead = static_cast<unsigned char>(text[0]);
  char32_t code = length == 1 ? lead : lead & (0xff >> (length + 1));
  for (size_t i = 1; i < length; ++i) code = code << 6 | (text[i] & 0x3f);
  return {code, length};
}

void append_utf8(char32_t code, std::string& text) {
  auto tail = [&](int shift) { text += static_cast<char>(0x80 | (code >> shift & 0x3f)); };
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += static_cast<char>(0xc0 | code >> 6);
    tail(0);
  } else if (code < 0x10000) {
    text += static_cast<char>(0xe0 | code >> 12);
    tail(6), tail(0);
  } else {
    text += static_cast<char>(0xf0 | code >> 18);
    tail(12), tail(6), tail(0);
  }
}

bool is_space(char32_t code) {
  return code == ' ' || (code >= 9 && code <= 13) || code == 0x85 || code == 0xa0 ||
         code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 || code == 0x2029 ||
         code == 0x202f || code == 0x205f || code == 0x3000;
}

bool is_word(char32_t code) {
  std::string_view words = "LMVJK";
  return words.find(class_of(code)) != words.npos || code == 0x200c || code == 0x200d;
}

bool is_numeric(char32_t code) { return class_of(code) == 'V' || class_of(code) == 'N'; }

bool is_punctuation(char32_t code) {
  std::string_view symbols = "$+<=>^`|~";
  if (code < 0x80 && symbols.find(static_cast<char>(code)) != symbols.npos) return true;
  return class_of(code) == 'P' || class_of(code) == 'J';
}

bool is_symbol(char32_t code) { return class_of(code) == 'S' || class_of(code) == 'K'; }

bool is_mark(char32_t code) { return class_of(code) == 'M'; }

size_t space_length(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    Character next = first_character(text.substr(at));
    if (!is_space(next.code)) break;
    at += next.length;
  }
  return at;
}

size_t space_length_at_end(std::string_view text) {
  std::string_view rest = text;
  while (!rest.empty()) {
    Character last = last_character(rest);
    if (!is_space(last.code)) break;
    rest.remove_suffix(last.length);
  }
  return text.size() - rest.size();
}

bool begins_with_word(std::string_view text) {
  return !text.empty() && is_word(first_character(text).code);
}

bool ends_with_word(std::string_view text) {
  return !text.empty() && is_word(last_character(text).code);
}

size_t grapheme_length(std::string_view text) {
  if (text.starts_with("\r\n")) return 2;
  Character first = first_character(text);
  size_t at = first.length;
  if (is_control(first.code)) return at;
  while (at < text.size()) {
    Character next = first_character(text.substr(at));
    if (!extends(next.code)) break;
    at += next.length;
  }
  return at;
}

bool is_visible(std::string_view text) {
  while (!text.empty()) {
    auto [code, length] = first_character(text);
    bool is_joiner = code == 0x200c || code == 0x200d;
    if (!is_space(code) && !is_control(code) && !is_joiner) return true;
    text.remove_prefix(length);
  }
  return false;
}

std::string lower_case(std::string_view text) {
  static const UnicodeRuns runs(kLowerCase);
  std::string out;
  for (size_t at = 0; at < text.size();) {
    Character next = first_character(text.substr(at));
    if (const UnicodeRuns::Run* run = runs.find(next.code))
      append_utf8(run->first_target(next.code), out);
    else if (next.code == 0x130)  // İ: i and a dot above it
      out += "i\u0307";
    else
      out += text.substr(at, next.length);
    at += next.length;
  }
  return out;
}

}  // namespace t5
