// Random clauses: which tense, which polarity, which adverb a verb can bear.
#include <algorithm>

#include "tutorials/corpora/english_french/writer.h"

namespace t5::corpus {
namespace {

const std::vector<Term> kHabits = {{"every day", "chaque jour"},
                                   {"every morning", "chaque matin"},
                                   {"every evening", "chaque soir"},
                                   {"in winter", "en hiver"},
                                   {"in summer", "en été"}};
const std::vector<Term> kNow = {{"now", "maintenant"}, {"today", "aujourd'hui"}};
const std::vector<Term> kFrequency = {{"often", "souvent"}, {"always", "toujours"}};
const std::vector<Term> kBefore = {{"yesterday", "hier"},
                                   {"this morning", "ce matin"},
                                   {"last week", "la semaine dernière"},
                                   {"on Monday", "lundi"},
                                   {"on Sunday", "dimanche"}};
const std::vector<Term> kWhile = {{"yesterday", "hier"}, {"this morning", "ce matin"}};
const std::vector<Term> kLater = {{"tomorrow", "demain"},
                                  {"this evening", "ce soir"},
                                  {"next week", "la semaine prochaine"},
                                  {"on Monday", "lundi"},
                                  {"on Sunday", "dimanche"}};
const std::vector<Term> kSoon = {
    {"today", "aujourd'hui"}, {"tomorrow", "demain"}, {"this evening", "ce soir"}};

// What one does again and again: not "buys the blue hat every day".
bool repeatable(const Clause& clause) {
  if (clause.verb->limits & (kState | kNoModal)) return false;
  return !clause.has_object || clause.object.determiner == Determiner::kSome ||
         (clause.object.noun->classes & kPerson);
}

bool is_indefinite(const NounPhrase& phrase) {
  return phrase.determiner == Determiner::kA || phrase.determiner == Determiner::kSome ||
         phrase.determiner == Determiner::kNumber || phrase.determiner == Determiner::kMany;
}

bool counted(const NounPhrase& phrase) {
  return phrase.determiner == Determiner::kNumber || phrase.determiner == Determiner::kMany;
}

// "Pas de tapis" is no mat and no mats.
bool hides_number(const NounPhrase& phrase) {
  return phrase.plural && is_indefinite(phrase) &&
         phrase.noun->french == phrase.noun->french_plural;
}

}  // namespace

Tense Writer::tense(const Verb& verb, const Style& style) {
  static const std::vector<Tense> kMix = {
      Tense::kPresent,   Tense::kPresent, Tense::kPresent, Tense::kPresent, Tense::kPresent,
      Tense::kPast,      Tense::kPast,    Tense::kPast,    Tense::kPast,    Tense::kImperfect,
      Tense::kImperfect, Tense::kFuture,  Tense::kFuture,  Tense::kFuture,  Tense::kNear,
      Tense::kWant,      Tense::kCan,     Tense::kMust};
  while (true) {
    Tense tense = pick(style.tenses.empty() ? kMix : style.tenses);
    if (tense == Tense::kImperfect && verb.limits & kNoProgress) tense = Tense::kPast;
    bool modal = tense == Tense::kWant || tense == Tense::kCan || tense == Tense::kMust;
    if (modal && verb.limits & kNoModal) continue;
    return tense;
  }
}

const Frame& Writer::frame(Classes subject) {
  std::vector<const Frame*> fitting;
  for (const Frame& frame : frames())
    if (frame.subject & subject) fitting.push_back(&frame);
  return *pick(fitting);
}

// "A cat does not sleep" and "does not see two cats" mean something else in each language.
void Writer::choose_polarity(Clause& clause, bool negation) {
  bool vague = clause.subject.phrase.noun && is_indefinite(clause.subject.phrase);
  bool unclear = clause.has_object && (counted(clause.object) || hides_number(clause.object));
  if (!negation || vague || unclear) return;
  bool simple = clause.tense == Tense::kPresent || clause.tense == Tense::kPast;
  if (chance(0.2)) {
    clause.polarity = Polarity::kNot;
  } else if (simple && !(clause.verb->limits & kState) && chance(0.08)) {
    clause.polarity = Polarity::kNever;
  }
}

void Writer::choose_time(Clause& clause) {
  if (clause.verb->limits & kState || !chance(0.3)) return;
  bool yes = clause.polarity == Polarity::kYes;
  switch (clause.tense) {
    case Tense::kPresent:
      if (yes && repeatable(clause)) {
        bool frequency = chance(0.4);
        (frequency ? clause.adverb : clause.time) = &pick(frequency ? kFrequency : kHabits);
      } else if (clause.polarity != Polarity::kNever && !(clause.verb->limits & kNoModal)) {
        clause.time = &pick(kNow);
      }
      return;
    case Tense::kPast:
      if (clause.polarity != Polarity::kNever) clause.time = &pick(kBefore);
      return;
    case Tense::kImperfect:
      clause.time = &pick(kWhile);
      return;
    case Tense::kFuture:
    case Tense::kNear:
      clause.time = &pick(kLater);
      return;
    default:
      clause.time = &pick(kSoon);
      return;
  }
}

Clause Writer::clause(const Style& style) {
  Classes who = style.subject & (kPerson | kAnimal);
  const Frame& frame = this->frame(who);
  Subject actor =
      subject(frame.subject & who, style.indefinite_subject, style.adjectives ? 0.25 : 0);
  return clause(actor, frame, style);
}

Clause Writer::clause(const Subject& subject, const Frame& frame, const Style& style) {
  Clause clause;
  clause.subject = subject;
  clause.verb = &verb(frame.verb);
  clause.tense = tense(*clause.verb, style);
  if (frame.object) {
    clause.has_object = true;
    do {
      clause.object = phrase(frame.object, frame.choice, subject, style.adjectives ? 0.3 : 0.0);
    } while (clause.object.noun == subject.phrase.noun);
  }
  bool required = frame.where & kRequired;
  if (required || (style.place && frame.where && chance(frame.object ? 0.25 : 0.75)))
    choose_place(clause, frame.where & ~kRequired, subject.classes);
  choose_polarity(clause, style.negation);
  if (style.time) choose_time(clause);
  return clause;
}

Clause Writer::copula(const Subject& subject, const Adjective* adjective, Tense tense) {
  Clause clause;
  clause.subject = subject;
  clause.verb = &verb("be");
  clause.adjective = adjective;
  clause.tense = tense;
  return clause;
}

}  // namespace t5::corpus
