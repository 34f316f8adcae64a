#include "tutorials/17-evaluation/damage.h"

#include <fmt/format.h>

#include <algorithm>

#include "t5/metrics/metric.h"
#include "t5/text/unicode/unicode.h"
#include "tutorials/corpora/english_french/corpus.h"

namespace t5::tutorial {
namespace {

// The words of a sentence, its full stop left out, and back.
Words words_within(const std::string& sentence) {
  return split_words(sentence.substr(0, sentence.find_last_of(".?")));
}

std::string sentence_of(const Words& words) {
  return words.empty() ? "" : fmt::format("{}.", fmt::join(words, " "));
}

// Where "not" stands, if it can be contracted with the word before it; 0: nowhere.
size_t place_of_not(const Words& words) {
  static const Words before = {"is",  "are",  "was",  "were", "do",
                               "did", "does", "must", "has",  "have"};
  for (size_t i = 1; i < words.size(); ++i)
    if (words[i] == "not" && std::count(before.begin(), before.end(), words[i - 1]) > 0) return i;
  return 0;
}

std::string contracted(const std::string& sentence, const std::string&) {
  Words words = words_within(sentence);
  size_t at = place_of_not(words);
  words[at - 1] += "n't";
  words.erase(words.begin() + static_cast<ptrdiff_t>(at));
  return sentence_of(words);
}

std::string without_not(const std::string& sentence, const std::string&) {
  Words words = words_within(sentence);
  words.erase(words.begin() + static_cast<ptrdiff_t>(place_of_not(words)));
  return sentence_of(words);
}

std::string other_last_word(const std::string& sentence, const std::string& next) {
  Words words = words_within(sentence);
  words.back() = words_within(next).back();
  return sentence_of(words);
}

std::string a_letter_missing(const std::string& sentence, const std::string&) {
  Words words = words_within(sentence);
  auto longest = std::max_element(words.begin(), words.end(),
                                  [](auto& a, auto& b) { return a.size() < b.size(); });
  longest->erase(1, 1);
  return sentence_of(words);
}

std::string two_words_exchanged(const std::string& sentence, const std::string&) {
  Words words = words_within(sentence);
  std::swap(words[words.size() / 2 - 1], words[words.size() / 2]);
  return sentence_of(words);
}

std::string backwards(const std::string& sentence, const std::string&) {
  Words words = words_within(sentence);
  std::reverse(words.begin(), words.end());
  return sentence_of(words);
}

std::string first_half(const std::string& sentence, const std::string&) {
  Words words = words_within(sentence);
  words.resize(words.size() / 2);
  return sentence_of(words);
}

}  // namespace

const std::vector<Damage>& damages() {
  using Text = const std::string&;
  static const std::vector<Damage> all = {
      {"none", [](Text sentence, Text) { return sentence; }},
      {"is not: isn't", contracted},
      {"not left out", without_not},
      {"another last word", other_last_word},
      {"a letter missing", a_letter_missing},
      {"small letters",
       [](Text sentence, Text) { return lower_case(sentence_of(words_within(sentence))); }},
      {"</s> left in", [](Text sentence, Text) { return sentence + " </s>"; }},
      {"two words exchanged", two_words_exchanged},
      {"words backwards", backwards},
      {"half of it", first_half},
      {"all of it twice", [](Text sentence, Text) { return sentence + " " + sentence; }},
      {"another sentence", [](Text, Text next) { return next; }},
  };
  return all;
}

std::vector<std::string> negated_sentences(size_t count) {
  std::vector<std::string> sentences;
  for (const corpus::Pair& pair : corpus::make_english_french({}).test)
    if (sentences.size() < count && pair.english.ends_with(".") &&
        place_of_not(words_within(pair.english)) > 0)
      sentences.push_back(pair.english);
  return sentences;
}

std::vector<std::string> damaged(const Damage& damage, const std::vector<std::string>& sentences) {
  std::vector<std::string> out;
  for (size_t i = 0; i < sentences.size(); ++i)
    out.push_back(damage.apply(sentences[i], sentences[(i + 1) % sentences.size()]));
  return out;
}

HeatMap damage_map(const std::vector<std::string>& sentences) {
  static const std::vector<std::string> names = {"exact_match", "squad_f1", "rouge1",
                                                 "rougeL",      "bleu",     "chrf"};
  HeatMap map{"What each metric says of each damage, in %", "", "", names, {}, {}};
  Judged judged;
  for (const std::string& sentence : sentences) judged.references.push_back({sentence});
  for (const Damage& damage : damages()) {
    judged.predictions = damaged(damage, sentences);
    map.rows.push_back(damage.name);
    for (const auto& [name, score] : measure(names, judged)) {
      map.values.push_back(name == "bleu" || name == "chrf" ? score / 100 : score);
      map.texts.push_back(fmt::format("{:.0f}", 100 * map.values.back()));
    }
  }
  return map;
}

}  // namespace t5::tutorial
