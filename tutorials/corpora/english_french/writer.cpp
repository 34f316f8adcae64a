// Which construction comes next, and the combinations of a sentence.
#include "tutorials/corpora/english_french/writer.h"

#include <algorithm>

namespace t5::corpus {
namespace {

// Longer sentences are few, and a small model spends its time on them.
constexpr int64_t kLongest = 11;

int64_t count_words(const std::string& text) {
  return std::count(text.begin(), text.end(), ' ') + 1;
}

}  // namespace

std::string combination(const Noun& noun, const Adjective& adjective) {
  return std::string(noun.english).append("+").append(adjective.english);
}

std::string combination(const Verb& verb, Tense tense, Polarity polarity) {
  std::string name(verb.base);
  switch (tense) {
    case Tense::kNear:
      return name + "+going to";
    case Tense::kWant:
      return name + "+want to";
    case Tense::kCan:
      return name + "+can";
    case Tense::kMust:
      return name + "+must";
    case Tense::kPast:
      return polarity == Polarity::kNot && !(verb.limits & kState) ? name + "+did not" : "";
    default:
      return "";
  }
}

void Writer::note(const NounPhrase& phrase) {
  for (const Adjective* adjective : {phrase.before, phrase.after})
    if (adjective) sentence_.combinations.push_back(combination(*phrase.noun, *adjective));
}

void Writer::note(const Clause& clause) {
  const NounPhrase& who = clause.subject.phrase;
  if (who.noun) note(who);
  if (who.noun && clause.adjective)
    sentence_.combinations.push_back(combination(*who.noun, *clause.adjective));
  if (clause.has_object) note(clause.object);
  if (clause.preposition) note(clause.place);
  std::string tense = combination(*clause.verb, clause.tense, clause.polarity);
  if (!tense.empty()) sentence_.combinations.push_back(tense);
}

Sentence Writer::write() {
  struct Construction {
    int weight;
    bool (Writer::*write)();
  };
  static constexpr Construction kConstructions[] = {
      {46, &Writer::statement},
      {8, &Writer::quality_statement},
      {6, &Writer::place_statement},
      {6, &Writer::there_is},
      {2, &Writer::as_as},
      {10, &Writer::yes_no_question},
      {3, &Writer::where_question},
      {3, &Writer::why_question},
      {2, &Writer::when_question},
      {3, &Writer::who_question},
      {2, &Writer::where_is},
      {6, &Writer::joined},
      {3, &Writer::because},
      {4, &Writer::when},
      {5, &Writer::that},
      {4, &Writer::relative},
  };
  int64_t total = 0;
  for (const Construction& construction : kConstructions) total += construction.weight;
  while (true) {
    int64_t draw = random_.below(total);
    const Construction* chosen = kConstructions;
    while (draw >= chosen->weight) draw -= (chosen++)->weight;
    sentence_ = {};
    if ((this->*chosen->write)() && count_words(sentence_.english) <= kLongest) return sentence_;
  }
}

Sentence example_sentence() {
  auto phrase = [](std::string_view name) {
    auto same = [&](const Noun& noun) { return noun.english == name; };
    return NounPhrase{.noun = &*std::find_if(nouns().begin(), nouns().end(), same)};
  };
  Clause clause;
  clause.subject.phrase = phrase("cat");
  clause.verb = &verb("sit");
  clause.tense = Tense::kPast;
  for (const Preposition& preposition : prepositions())
    if (preposition.french == "sur" && preposition.where == kOnSeat)
      clause.preposition = &preposition;
  clause.place = phrase("mat");
  return {join_english(english_clause(clause), "."), join_french(french_clause(clause), "."), {}};
}

}  // namespace t5::corpus
