// Words: conjugation by rule from the table's stems, and the joining of words into French text.
#include <algorithm>
#include <array>

#include "tensor/error.h"
#include "tutorials/corpora/english_french/grammar.h"

namespace t5::corpus {
namespace {

bool ends_with(std::string_view text, std::string_view end) { return text.ends_with(end); }

bool starts_with_vowel(std::string_view word) {
  constexpr std::string_view kVowels[] = {"a", "e", "i", "o", "u", "y", "à", "â",
                                          "é", "è", "ê", "î", "ô", "û", "œ"};
  return std::any_of(std::begin(kVowels), std::end(kVowels),
                     [&](std::string_view vowel) { return word.starts_with(vowel); });
}

// de le → du, de les → des, à le → au, à les → aux; but de l'ami, à l'ami.
void contract(Words& words) {
  for (size_t i = 0; i + 2 < words.size(); ++i) {
    bool singular = words[i + 1] == "le" && !elides_before(words[i + 2]);
    if (!singular && words[i + 1] != "les") continue;
    if (words[i] == "de") {
      words[i] = singular ? "du" : "des";
    } else if (words[i] == "à") {
      words[i] = singular ? "au" : "aux";
    } else {
      continue;
    }
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(i) + 1);
  }
}

// le, la, de, ne, je, me, se, que (parce que, est-ce que) lose their vowel before another one.
bool can_elide(std::string_view word) {
  constexpr std::string_view kWords[] = {"le", "la", "de", "ne", "je", "me", "se", "que"};
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

}  // namespace

Words& operator+=(Words& words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Words split_words(std::string_view text) {
  Words words;
  while (!text.empty()) {
    size_t end = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::string conjugate(const Verb& verb, Tense tense, Person person) {
  if (tense == Tense::kPresent) return std::string(verb.present[person]);
  if (tense == Tense::kImperfect) {
    constexpr std::string_view kEndings[] = {"ais", "ait", "ions", "aient"};
    std::string stem(verb.imperfect);  // mange-: je mangeais, but nous mangions
    if (person == kWe && ends_with(stem, "ge")) stem.pop_back();
    return stem.append(kEndings[person]);
  }
  if (tense == Tense::kFuture) {
    constexpr std::string_view kEndings[] = {"ai", "a", "ons", "ont"};
    return std::string(verb.future).append(kEndings[person]);
  }
  fail("english_french: '{}' has no simple form in this tense", verb.infinitive);
}

std::string participle(const Verb& verb, const Subject& subject) {
  std::string form(verb.participle);
  if (verb.auxiliary == Auxiliary::kAvoir) return form;
  bool plural = subject.person == kWe || subject.person == kThey;
  if (subject.gender == Gender::kFeminine) form += 'e';
  if (plural && !ends_with(form, "s")) form += 's';
  return form;
}

bool elides_before(std::string_view word) {
  if (!word.starts_with("h")) return starts_with_vowel(word);
  for (const Noun& noun : nouns())
    if (word == noun.french || word == noun.french_plural) return noun.onset == Onset::kElides;
  return true;  // heureux, hier, hiver
}

std::string join_french(Words words, std::string_view end) {
  contract(words);
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    std::string word = words[i];
    bool elided = i + 1 < words.size() && can_elide(word) && elides_before(words[i + 1]);
    if (elided) word.back() = '\'';
    text += word;
    if (!elided && i + 1 < words.size()) text += ' ';
  }
  if (text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text.append(end);
}

}  // namespace t5::corpus
