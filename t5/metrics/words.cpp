// Texts cut into words; see words.h.
#include "t5/metrics/words.h"

#include <algorithm>
#include <utility>

#include "t5/metrics/porter_stemmer.h"
#include "t5/text/unicode/unicode.h"
#include "tensor/error.h"

namespace t5 {
namespace {

bool is_blank(char32_t c) { return is_space(c) || (c >= 0x1c && c <= 0x1f); }
bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
bool is_stop(char32_t c) { return c == '.' || c == ','; }

bool is_ascii_punctuation(char32_t c) { return c < 0x80 && is_punctuation(c); }

// mteval's marks: those of ASCII but for apostrophe, comma, hyphen and stop; the space too.
bool is_western_mark(char32_t c) {
  return c == ' ' || (is_ascii_punctuation(c) && c != '\'' && c != '-' && !is_stop(c));
}

bool is_mark_of_unicode(char32_t c) { return is_punctuation(c) && !is_symbol(c); }

Words split(std::u32string_view text) {
  Words words;
  bool inside = false;
  for (char32_t c : text) {
    if (!is_blank(c)) {
      if (!inside) words.emplace_back();
      append_utf8(c, words.back());
    }
    inside = !is_blank(c);
  }
  return words;
}

// Every character that `is_one` has a blank on both sides.
template <class Is>
std::u32string set_apart(std::u32string_view text, const Is& is_one) {
  std::u32string out;
  for (char32_t c : text) {
    if (is_one(c)) out += U' ';
    out += c;
    if (is_one(c)) out += U' ';
  }
  return out;
}

// As a regular expression's replacement of all pairs of neighbours, from left to right and without
// overlap: a pair (a, b) of which `first` and `second` hold becomes "a b", with a blank on the
// other side of the mark that it is about: before a, or after b.
template <class First, class Second>
std::u32string part_pairs(std::u32string_view text, const First& first, const Second& second,
                          bool mark_is_first) {
  std::u32string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i + 1 == text.size() || !first(text[i]) || !second(text[i + 1])) {
      out += text[i];
      continue;
    }
    if (mark_is_first) out += U' ';
    out += text[i];
    out += U' ';
    out += text[++i];
    if (!mark_is_first) out += U' ';
  }
  return out;
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (size_t at = 0; (at = text.find(what, at)) != text.npos; at += by.size())
    text.replace(at, what.size(), by);
}

Words words_13a(std::string_view line) {
  std::string text(line);
  for (auto [what, by] : {std::pair("<skipped>", ""),
                          {"-\n", ""},
                          {"\n", " "},
                          {"&quot;", "\""},
                          {"&amp;", "&"},
                          {"&lt;", "<"},
                          {"&gt;", ">"}})
    replace_all(text, what, by);
  auto no_digit = [](char32_t c) { return !is_digit(c); };
  auto is_dash = [](char32_t c) { return c == '-'; };
  std::u32string out = set_apart(characters_of(" " + text + " "), is_western_mark);
  out = part_pairs(out, no_digit, is_stop, false);
  out = part_pairs(out, is_stop, no_digit, true);
  return split(part_pairs(out, is_digit, is_dash, false));
}

// A mark between two numbers stays where it is, and so does one after a number that ends the text.
Words words_intl(std::string_view text) {
  auto no_number = [](char32_t c) { return !is_numeric(c); };
  std::u32string out = characters_of(text);
  while (!out.empty() && is_blank(out.back())) out.pop_back();
  out = part_pairs(out, no_number, is_mark_of_unicode, false);
  out = part_pairs(out, is_mark_of_unicode, no_number, true);
  return split(set_apart(out, is_symbol));
}

// Python's \w: letters, numbers and the low line.
bool is_word_of_python(char32_t c) {
  if (c < 0x80) return c == '_' || (is_word(c) && !is_ascii_punctuation(c));
  bool joins = is_punctuation(c) || c == 0x200c || c == 0x200d;
  return is_numeric(c) || (is_word(c) && !is_mark(c) && !is_symbol(c) && !joins);
}

}  // namespace

Words split_words(std::string_view text) { return split(characters_of(text)); }

Words bleu_words(std::string_view text, const std::string& tokenize) {
  if (tokenize == "13a") return words_13a(text);
  if (tokenize == "intl") return words_intl(text);
  if (tokenize == "none") return split_words(text);
  check(tokenize == "char", "BLEU: there is no tokenizer '{}'; there are 13a, intl, char and none",
        tokenize);
  return split(set_apart(characters_of(text), [](char32_t) { return true; }));
}

Words rouge_words(std::string_view text, bool stemmer) {
  std::string letters = lower_case(text);
  for (char& c : letters)
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9')) c = ' ';
  Words words;
  for (size_t at = 0; at < letters.size(); ++at) {
    size_t end = std::min(letters.find(' ', at), letters.size());
    std::string word = letters.substr(at, end - at);
    if (stemmer && word.size() > 3) word = porter_stem(word);
    if (!word.empty()) words.push_back(word);
    at = end;
  }
  return words;
}

Words answer_words(std::string_view text) {
  // exercise 17-evaluation/answer-words — small letters, without punctuation, without articles
  std::u32string kept;
  for (char32_t c : characters_of(lower_case(text)))
    if (!is_ascii_punctuation(c)) kept += c;
  std::u32string without_articles;
  for (size_t at = 0; at < kept.size();) {
    size_t end = at;  // of the run of letters that begins here
    while (end < kept.size() && is_word_of_python(kept[end])) ++end;
    std::u32string_view run = std::u32string_view(kept).substr(at, end - at);
    bool is_article = run == U"a" || run == U"an" || run == U"the";
    without_articles += is_article ? U" " : run;
    if (end < kept.size()) without_articles += kept[end++];
    at = end;
  }
  return split(without_articles);
  // end exercise
}

Words chrf_words(std::string_view text) {
  Words words;
  for (const std::string& word : split_words(text)) {
    auto is_mark_at = [&](size_t at) {
      return is_ascii_punctuation(static_cast<unsigned char>(word[at]));
    };
    if (characters_of(word).size() > 1 && is_mark_at(word.size() - 1)) {
      words.push_back(word.substr(0, word.size() - 1));
      words.push_back(word.substr(word.size() - 1));
    } else if (characters_of(word).size() > 1 && is_mark_at(0)) {
      words.push_back(word.substr(0, 1));
      words.push_back(word.substr(1));
    } else {
      words.push_back(word);
    }
  }
  return words;
}

std::u32string characters_of(std::string_view text, bool spaces) {
  std::u32string out;
  while (!text.empty()) {
    auto [code, length] = first_character(text);
    if (spaces || !is_blank(code)) out += code;
    text.remove_prefix(length);
  }
  return out;
}

std::u32string numbered(const Words& words, Numbering& numbering) {
  std::u32string out;
  for (const std::string& word : words)
    out += numbering.try_emplace(word, static_cast<char32_t>(numbering.size())).first->second;
  return out;
}

}  // namespace t5
