// Porter's five steps; see porter_stemmer.h. A stem's measure m counts its syllables: how often
// vowels are followed by consonants, as in [C](VC)^m[V].
#include "t5/metrics/porter_stemmer.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <span>
#include <string_view>

namespace t5 {
namespace {

// Of each letter whether it is a consonant: no vowel, and no y after a consonant.
std::string consonants(std::string_view word) {
  std::string kinds;
  for (char c : word) {
    bool is_vowel = std::string_view("aeiou").find(c) != std::string_view::npos ||
                    (c == 'y' && kinds.ends_with('c'));
    kinds += is_vowel ? 'v' : 'c';
  }
  return kinds;
}

int measure(std::string_view stem) {
  std::string kinds = consonants(stem);
  int m = 0;
  for (size_t at = 0; (at = kinds.find("vc", at)) != kinds.npos; ++at) ++m;
  return m;
}

bool has_vowel(std::string_view stem) { return consonants(stem).find('v') != std::string::npos; }

bool ends_in_double_consonant(std::string_view stem) {
  size_t n = stem.size();
  return n >= 2 && stem[n - 1] == stem[n - 2] && consonants(stem).ends_with('c');
}

// Consonant, vowel, consonant other than w, x, y: "hop". NLTK: a word of vowel and consonant too.
bool ends_short(std::string_view stem) {
  std::string kinds = consonants(stem);
  if (kinds == "vc") return true;
  return kinds.ends_with("cvc") && std::string_view("wxy").find(stem.back()) == stem.npos;
}

// An ending, what takes its place, and the least measure of what stays.
struct Rule {
  std::string_view ending, by;
  int least_measure = 0;
};

// The first rule whose ending the word has decides, whether its measure allows it or not.
std::string by_rule(std::string word, std::span<const Rule> rules) {
  for (const Rule& rule : rules) {
    if (!word.ends_with(rule.ending)) continue;
    std::string stem = word.substr(0, word.size() - rule.ending.size());
    return measure(stem) >= rule.least_measure ? stem.append(rule.by) : word;
  }
  return word;
}

// Plurals.
std::string step_1a(const std::string& word) {
  static constexpr Rule kRules[] = {{"sses", "ss"}, {"ies", "i"}, {"ss", "ss"}, {"s", ""}};
  if (word.size() == 4 && word.ends_with("ies")) return word.substr(0, 3);  // dies, die
  return by_rule(word, kRules);
}

// Past tenses and participles; what is left gets its e back, or loses a doubled letter.
std::string step_1b(const std::string& word) {
  if (word.ends_with("ied")) return word.substr(0, word.size() - (word.size() == 4 ? 1 : 2));
  if (word.ends_with("eed"))
    return measure(word.substr(0, word.size() - 3)) > 0 ? word.substr(0, word.size() - 1) : word;
  size_t ending = word.ends_with("ed") ? 2 : word.ends_with("ing") ? 3 : 0;
  std::string stem = word.substr(0, word.size() - ending);
  if (ending == 0 || !has_vowel(stem)) return word;
  for (const char* end : {"at", "bl", "iz"})
    if (stem.ends_with(end)) return stem + "e";
  if (ends_in_double_consonant(stem))
    return std::string_view("lsz").find(stem.back()) == std::string_view::npos
               ? stem.substr(0, stem.size() - 1)
               : stem;
  return measure(stem) == 1 && ends_short(stem) ? stem + "e" : stem;
}

// happy: happi; enjoy stays.
std::string step_1c(std::string word) {
  size_t n = word.size();
  if (n > 2 && word.ends_with('y') && consonants(word)[n - 2] == 'c') word.back() = 'i';
  return word;
}

// Endings upon endings.
std::string step_2(const std::string& word) {
  static constexpr Rule kRules[] = {
      {"ational", "ate", 1}, {"tional", "tion", 1}, {"enci", "ence", 1},   {"anci", "ance", 1},
      {"izer", "ize", 1},    {"bli", "ble", 1},     {"alli", "al", 1},     {"entli", "ent", 1},
      {"eli", "e", 1},       {"ousli", "ous", 1},   {"ization", "ize", 1}, {"ation", "ate", 1},
      {"ator", "ate", 1},    {"alism", "al", 1},    {"iveness", "ive", 1}, {"fulness", "ful", 1},
      {"ousness", "ous", 1}, {"aliti", "al", 1},    {"iviti", "ive", 1},   {"biliti", "ble", 1},
      {"fulli", "ful", 1}};
  if (word.ends_with("alli") && measure(word.substr(0, word.size() - 4)) > 0)
    return step_2(word.substr(0, word.size() - 2));
  if (word.ends_with("logi"))  // the l counts with the stem, so that theology has a measure
    return measure(word.substr(0, word.size() - 3)) > 0 ? word.substr(0, word.size() - 1) : word;
  return by_rule(word, kRules);
}

std::string step_3(const std::string& word) {
  static constexpr Rule kRules[] = {{"icate", "ic", 1}, {"ative", "", 1},  {"alize", "al", 1},
                                    {"iciti", "ic", 1}, {"ical", "ic", 1}, {"ful", "", 1},
                                    {"ness", "", 1}};
  return by_rule(word, kRules);
}

std::string step_4(const std::string& word) {
  static constexpr Rule kRules[] = {
      {"al", "", 2},   {"ance", "", 2}, {"ence", "", 2}, {"er", "", 2},    {"ic", "", 2},
      {"able", "", 2}, {"ible", "", 2}, {"ant", "", 2},  {"ement", "", 2}, {"ment", "", 2},
      {"ent", "", 2},  {"ou", "", 2},   {"ism", "", 2},  {"ate", "", 2},   {"iti", "", 2},
      {"ous", "", 2},  {"ive", "", 2},  {"ize", "", 2}};
  if (word.ends_with("ion")) {  // of -sion and -tion alone
    std::string stem = word.substr(0, word.size() - 3);
    return measure(stem) > 1 && (stem.ends_with('s') || stem.ends_with('t')) ? stem : word;
  }
  return by_rule(word, kRules);
}

// A last e, and one l of two.
std::string step_5(std::string word) {
  if (word.ends_with('e')) {
    std::string stem = word.substr(0, word.size() - 1);
    int m = measure(stem);
    if (m > 1 || (m == 1 && !ends_short(stem))) word = stem;
  }
  if (word.ends_with("ll") && measure(word.substr(0, word.size() - 1)) > 1) word.pop_back();
  return word;
}

}  // namespace

std::string porter_stem(std::string word) {
  static const std::map<std::string, std::string> irregular = {
      {"sky", "sky"},        {"skies", "sky"},        {"dying", "die"},
      {"lying", "lie"},      {"tying", "tie"},        {"news", "news"},
      {"innings", "inning"}, {"inning", "inning"},    {"outings", "outing"},
      {"outing", "outing"},  {"cannings", "canning"}, {"canning", "canning"},
      {"howe", "howe"},      {"proceed", "proceed"},  {"exceed", "exceed"},
      {"succeed", "succeed"}};
  if (auto found = irregular.find(word); found != irregular.end()) return found->second;
  if (word.size() <= 2) return word;
  return step_5(step_4(step_3(step_2(step_1c(step_1b(step_1a(word)))))));
}

}  // namespace t5
