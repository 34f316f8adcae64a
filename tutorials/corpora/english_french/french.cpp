// The French half of the grammar: phrases and clauses. Elision and contraction are in join.cpp,
// which runs over the finished sentence; before that, words stand apart: de le chat, je ai.
#include "tensor/error.h"
#include "tutorials/corpora/english_french/grammar.h"

namespace t5::corpus {
namespace {

struct Possessive {
  std::string_view masculine, feminine, plural;
};

// mon ami, ma maison, mon école (before a vowel), mes amis.
std::string possessive(const Possessive& forms, Gender gender, bool plural, bool vowel) {
  if (plural) return std::string(forms.plural);
  return std::string(gender == Gender::kFeminine && !vowel ? forms.feminine : forms.masculine);
}

std::string demonstrative(Gender gender, bool plural, bool vowel) {
  if (plural) return "ces";
  if (gender == Gender::kFeminine) return "cette";
  return vowel ? "cet" : "ce";
}

std::string definite(Gender gender, bool plural) {
  return plural ? "les" : gender == Gender::kFeminine ? "la" : "le";
}

// The determiner of a phrase whose next word is `next`.
Words determiner(const NounPhrase& phrase, bool negated, std::string_view next) {
  Gender gender = phrase.noun->gender;
  bool plural = phrase.plural, vowel = elides_before(next);
  bool indefinite = phrase.determiner == Determiner::kA || phrase.determiner == Determiner::kSome;
  if (negated && indefinite) return {"de"};
  switch (phrase.determiner) {
    case Determiner::kThe:
      return {definite(gender, plural)};
    case Determiner::kThis:
      return {demonstrative(gender, plural, vowel)};
    case Determiner::kA:
      return {gender == Gender::kFeminine ? "une" : "un"};
    case Determiner::kSome:
      if (!plural) return {"de", definite(gender, false)};
      return {phrase.before ? "de" : "des"};
    case Determiner::kMany:
      return {"beaucoup", "de"};
    case Determiner::kNumber:
      return {std::string(phrase.number->french)};
    case Determiner::kNone:
      return {"de"};
    case Determiner::kMy:
      return {possessive({"mon", "ma", "mes"}, gender, plural, vowel)};
    case Determiner::kOur:
      return {possessive({"notre", "notre", "nos"}, gender, plural, vowel)};
    case Determiner::kTheir:
      return {possessive({"leur", "leur", "leurs"}, gender, plural, vowel)};
    case Determiner::kHis:
      return {possessive({"son", "sa", "ses"}, gender, plural, vowel)};
  }
  fail("english_french: no such determiner");
}

bool is_modal(Tense tense) {
  return tense == Tense::kNear || tense == Tense::kWant || tense == Tense::kCan ||
         tense == Tense::kMust;
}

// The verb that carries the person in "va manger", "veut manger", "peut manger", "doit manger".
const Verb& modal_verb(Tense tense) {
  if (tense == Tense::kNear) return verb("go");
  if (tense == Tense::kWant) return verb("want");
  return verb(tense == Tense::kCan ? "can" : "must");
}

std::string reflexive(Person person) {
  constexpr std::string_view kPronouns[] = {"me", "se", "nous", "se"};
  return std::string(kPronouns[person]);
}

// ne … pas around the finite verb and what clings to it: ne se est pas assis, ne veut pas se
// asseoir.
Words verb_group(const Clause& clause) {
  const Verb& verb = *clause.verb;
  Person person = clause.subject.person;
  bool compound = clause.tense == Tense::kPast && !(verb.limits & kState);
  bool modal = is_modal(clause.tense);
  Words words;
  if (clause.polarity != Polarity::kYes) words.emplace_back("ne");
  if (verb.reflexive && !modal) words.push_back(reflexive(person));
  if (modal) {
    words.push_back(conjugate(modal_verb(clause.tense), Tense::kPresent, person));
  } else if (compound) {
    const Verb& auxiliary = corpus::verb(verb.auxiliary == Auxiliary::kEtre ? "be" : "have");
    words.push_back(conjugate(auxiliary, Tense::kPresent, person));
  } else {
    Tense tense = clause.tense == Tense::kPast ? Tense::kImperfect : clause.tense;
    words.push_back(conjugate(verb, tense, person));
  }
  if (clause.polarity == Polarity::kNot) words.emplace_back("pas");
  if (clause.polarity == Polarity::kNever) words.emplace_back("jamais");
  if (clause.adverb) words += split_words(clause.adverb->french);
  if (compound) words.push_back(participle(verb, clause.subject));
  if (modal && verb.reflexive) words.push_back(reflexive(person));
  if (modal) words.emplace_back(verb.infinitive);
  return words;
}

}  // namespace

std::string_view agree(const Adjective& adjective, Gender gender, bool plural) {
  if (gender == Gender::kFeminine) return plural ? adjective.feminine_plural : adjective.feminine;
  return plural ? adjective.masculine_plural : adjective.masculine;
}

Words french_phrase(const NounPhrase& phrase, bool negated) {
  const Noun& noun = *phrase.noun;
  Words words;
  std::string name(phrase.plural ? noun.french_plural : noun.french);
  if (phrase.before) {
    bool vowel = !phrase.plural && noun.gender == Gender::kMasculine && elides_before(name);
    words.emplace_back(vowel ? phrase.before->before_vowel
                             : agree(*phrase.before, noun.gender, phrase.plural));
  }
  words.push_back(name);
  if (phrase.after) words.emplace_back(agree(*phrase.after, noun.gender, phrase.plural));
  Words result = determiner(phrase, negated, words[0]);
  result += words;
  return result;
}

Words french_predicate(const Clause& clause) {
  Words words = verb_group(clause);
  bool plural = clause.subject.person == kWe || clause.subject.person == kThey;
  if (clause.very) words.emplace_back("très");
  if (clause.adjective) words.emplace_back(agree(*clause.adjective, clause.subject.gender, plural));
  bool negated = clause.polarity != Polarity::kYes;
  if (clause.has_object) words += french_phrase(clause.object, negated);
  if (clause.preposition) {
    words += split_words(clause.preposition->french);
    words += french_phrase(clause.place);
  }
  if (clause.time) words += split_words(clause.time->french);
  return words;
}

Words french_clause(const Clause& clause) {
  const Subject& subject = clause.subject;
  Words words;
  if (subject.pronoun.french.empty()) {
    words = french_phrase(subject.phrase);
  } else {
    words.emplace_back(subject.pronoun.french);
  }
  words += french_predicate(clause);
  return words;
}

}  // namespace t5::corpus
