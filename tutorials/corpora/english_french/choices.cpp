// Random noun phrases, subjects, places and adjectives.
#include "tutorials/corpora/english_french/writer.h"

namespace t5::corpus {
namespace {

// What somebody can call his own: not "my king", "our wolf" or "their station"; ma femme and ma
// fille would mean another thing.
bool can_be_owned(const Noun& noun) {
  if (noun.classes & (kWild | kTree)) return false;
  if (noun.classes & (kAdult | kYoung)) return noun.classes & kRole;
  return !(noun.classes & kPlace) || noun.classes & kHome;
}

// "Small enormous".
bool clash(std::string_view before, std::string_view after) {
  return after == "enormous" && (before == "small" || before == "big");
}

Classes noun_classes(const NounPhrase& phrase) { return phrase.noun->classes & ~kMass; }

}  // namespace

const Noun& Writer::noun(Classes classes) {
  std::vector<const Noun*> fitting;
  for (const Noun& noun : nouns())
    if (noun.classes & classes & ~kMass) fitting.push_back(&noun);
  return *pick(fitting);
}

// The subject's own, more often than not: I … my, she … her, they … their.
Determiner Writer::possessive(const Subject& owner) {
  bool person = owner.classes & kPerson && owner.pronoun.english != "who";
  if (person && chance(0.7)) {
    constexpr Determiner kOwn[] = {Determiner::kMy, Determiner::kHis, Determiner::kOur,
                                   Determiner::kTheir};
    return kOwn[owner.person];
  }
  return pick<Determiner>({Determiner::kMy, Determiner::kOur, Determiner::kTheir});
}

void Writer::choose_determiner(NounPhrase& phrase, Choice choice, const Subject& owner) {
  double draw = random_.uniform();
  bool kin = phrase.noun->classes & kKin;
  if (kin || (draw < 0.2 && can_be_owned(*phrase.noun))) {
    phrase.determiner = possessive(owner);
  } else if (draw < 0.3) {
    phrase.determiner = Determiner::kThis;
  } else if (draw < 0.6 || choice == Choice::kKnown) {
    phrase.determiner = Determiner::kThe;
  } else if (choice == Choice::kAny && phrase.plural && draw < 0.9) {
    phrase.determiner = draw < 0.78 ? Determiner::kNumber : Determiner::kMany;
    phrase.number = &numbers()[random_.below(std::ssize(numbers()))];
  } else {
    bool some = phrase.plural || phrase.noun->classes & kMass;
    phrase.determiner = some ? Determiner::kSome : Determiner::kA;
  }
}

// One adjective, or two of which one stands before and one after the French noun. Relatives get
// none: "my tired mother" is no sentence of this corpus, "my mother is tired" is.
void Writer::choose_adjectives(NounPhrase& phrase, double probability) {
  if (phrase.noun->classes & kKin || !chance(probability)) return;
  std::vector<const Adjective*> before, after;
  for (const Adjective& adjective : adjectives()) {
    if (!(adjective.describes & noun_classes(phrase))) continue;
    (adjective.position == Position::kBefore ? before : after).push_back(&adjective);
  }
  bool both = chance(0.1);
  bool first = !before.empty() && (after.empty() || chance(0.5));
  if (!before.empty() && (first || both)) phrase.before = pick(before);
  if (!after.empty() && (!first || both)) phrase.after = pick(after);
  if (phrase.before && phrase.after && clash(phrase.before->english, phrase.after->english))
    phrase.after = nullptr;
}

NounPhrase Writer::phrase(Classes classes, Choice choice, const Subject& owner, double adjectives) {
  NounPhrase phrase;
  phrase.noun = &noun(classes);
  phrase.plural = !phrase.noun->english_plural.empty() && chance(0.35);
  choose_determiner(phrase, choice, owner);
  choose_adjectives(phrase, adjectives);
  return phrase;
}

Subject Writer::pronoun() {
  static const std::vector<Subject> kPronouns = {
      {kI, Gender::kMasculine, {"I", "je"}, {}, kPerson},
      {kWe, Gender::kMasculine, {"we", "nous"}, {}, kPerson},
      {kHe, Gender::kMasculine, {"he", "il"}, {}, kPerson},
      {kHe, Gender::kFeminine, {"she", "elle"}, {}, kPerson},
      {kThey, Gender::kMasculine, {"they", "ils"}, {}, kPerson},
  };
  return chance(0.4) ? kPronouns[random_.below(2)] : pick(kPronouns);
}

Subject Writer::subject(Classes classes, bool indefinite, double adjectives) {
  bool people = classes & (kAdult | kYoung);
  if (people && chance(classes & kPet ? 0.35 : 0.55)) return pronoun();
  Subject subject;
  Choice choice = indefinite && chance(0.35) ? Choice::kAny : Choice::kKnown;
  subject.phrase = phrase(classes, choice, {}, adjectives);
  subject.person = subject.phrase.plural ? kThey : kHe;
  subject.gender = subject.phrase.noun->gender;
  subject.classes = subject.phrase.noun->classes;
  return subject;
}

// A place for `who`, if the table has one. After a preposition French would contract or drop "des",
// so places are definite or "a".
void Writer::choose_place(Clause& clause, unsigned where, Classes who) {
  std::vector<const Preposition*> fitting;
  for (const Preposition& preposition : prepositions())
    if (preposition.where & where && preposition.subject & who) fitting.push_back(&preposition);
  if (fitting.empty()) return;
  clause.preposition = pick(fitting);
  do {
    clause.place = phrase(clause.preposition->place, Choice::kKnown, clause.subject, 0.12);
  } while (clause.place.noun == clause.subject.phrase.noun ||
           (clause.has_object && clause.place.noun == clause.object.noun));
  NounPhrase& place = clause.place;
  bool living = place.noun->classes & (kPerson | kAnimal);
  if (place.plural && !living && chance(0.85)) place.plural = false;
  bool goal = clause.preposition->where & (kTo | kAt);
  if (goal) place.determiner = Determiner::kThe;
  bool plain = place.determiner == Determiner::kThe && !place.plural;
  if (plain && !goal && chance(0.3)) place.determiner = Determiner::kA;
}

const Adjective* Writer::quality(Classes classes) {
  std::vector<const Adjective*> fitting;
  for (const Adjective& adjective : adjectives())
    if (adjective.predicate & classes & ~kMass) fitting.push_back(&adjective);
  return fitting.empty() ? nullptr : pick(fitting);
}

}  // namespace t5::corpus
