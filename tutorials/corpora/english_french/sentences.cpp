// The constructions: what a sentence of the corpus can look like.
#include "tensor/error.h"
#include "tutorials/corpora/english_french/writer.h"

namespace t5::corpus {
namespace {

const std::vector<Tense> kSimpleTenses = {Tense::kPresent, Tense::kPast, Tense::kImperfect,
                                          Tense::kFuture};
const std::vector<Tense> kCopulaTenses = {Tense::kPresent, Tense::kPresent, Tense::kPast,
                                          Tense::kFuture};

Words operator+(Words words, const Words& more) { return words += more; }

// In English "they read" and "they put" are present and past at once: the corpus uses the present.
bool ambiguous(const Clause& clause) {
  return clause.tense == Tense::kPast && clause.verb->past == clause.verb->base &&
         clause.subject.person != kHe && clause.polarity != Polarity::kNot;
}

bool is_people(const Subject& subject) { return subject.classes & kPerson; }

// The pronoun that stands for a subject later in the sentence; "they" is ils, so plural women have
// none, and animals neither.
bool pronoun_for(const Subject& subject, Subject& pronoun) {
  if (!is_people(subject)) return false;
  pronoun = subject;
  if (!subject.pronoun.english.empty()) return true;
  bool feminine = subject.gender == Gender::kFeminine;
  if (subject.person == kThey && feminine) return false;
  pronoun.phrase = {};
  pronoun.pronoun = subject.person == kThey ? Term{"they", "ils"}
                    : feminine              ? Term{"she", "elle"}
                                            : Term{"he", "il"};
  return true;
}

// "The girls say that they …" would be elles: no "they" beside plural women.
bool unclear_they(const Clause& first, const Clause& second) {
  auto women = [](const Clause& clause) {
    return clause.subject.person == kThey && clause.subject.gender == Gender::kFeminine;
  };
  auto they = [](const Clause& clause) { return clause.subject.pronoun.english == "they"; };
  return (women(first) && they(second)) || (women(second) && they(first));
}

}  // namespace

bool Writer::finish(const Words& english, const Words& french, bool question) {
  sentence_.english = join_english(english, question ? "?" : ".");
  sentence_.french = join_french(french, question ? " ?" : ".");
  return true;
}

bool Writer::statement() {
  Clause clause = this->clause({});
  if (ambiguous(clause)) return false;
  note(clause);
  return finish(english_clause(clause), french_clause(clause));
}

// The house is white. The soup was not very hot.
bool Writer::quality_statement() {
  Subject who;
  bool definite_noun = chance(0.7);
  if (definite_noun) {
    who.phrase = phrase(~Classes{0}, Choice::kKnown, {}, 0);
    who.person = who.phrase.plural ? kThey : kHe;
    who.gender = who.phrase.noun->gender;
    who.classes = who.phrase.noun->classes;
  } else {
    who = subject(kPerson | kAnimal, false, 0);
  }
  const Adjective* adjective = quality(who.classes);
  if (!adjective) return false;
  Clause clause = copula(who, adjective, pick(kCopulaTenses));
  clause.very = chance(0.25);
  if (chance(0.2)) clause.polarity = Polarity::kNot;
  note(clause);
  bool question = clause.polarity == Polarity::kYes && chance(0.2);
  Words french = french_clause(clause);
  if (question) french = Words{"est-ce", "que"} + french;
  return finish(english_clause(clause, question), french, question);
}

// The key is in the box. The children were in front of the school.
bool Writer::place_statement() {
  Subject who;
  bool thing = chance(0.5);
  if (thing) {
    who.phrase = phrase(kThing, Choice::kKnown, {}, 0.3);
    who.person = who.phrase.plural ? kThey : kHe;
    who.gender = who.phrase.noun->gender;
    who.classes = who.phrase.noun->classes;
  } else {
    who = subject(kPerson | kAnimal, false, 0.3);
  }
  Clause clause = copula(who, nullptr, pick(kCopulaTenses));
  if (thing) {
    choose_place(clause, kPutAway, kPerson);
  } else {
    choose_place(clause, kInside | kBeside | kUnder | kOnSeat, who.classes);
  }
  if (chance(0.2)) clause.polarity = Polarity::kNot;
  note(clause);
  bool question = clause.polarity == Polarity::kYes && chance(0.2);
  Words french = french_clause(clause);
  if (question) french = Words{"est-ce", "que"} + french;
  return finish(english_clause(clause, question), french, question);
}

// There is a cat under the table. There are no books in the box. Is there some milk …?
bool Writer::there_is() {
  bool alive = chance(0.5);
  Classes classes = alive ? kAdult | kYoung | kAnimal : kThing | kFood;
  NounPhrase what = phrase(classes, Choice::kAny, {}, 0.35);
  bool mass = what.noun->classes & kMass;
  if (what.determiner != Determiner::kNumber && what.determiner != Determiner::kMany)
    what.determiner = what.plural || mass ? Determiner::kSome : Determiner::kA;
  bool same_plural = what.plural && what.noun->french == what.noun->french_plural;
  if (!same_plural && chance(0.15)) what.determiner = Determiner::kNone;
  Clause place;
  place.subject.phrase = what;
  if (alive) {
    choose_place(place, kInside | kBeside | kUnder | kOnSeat, what.noun->classes);
  } else {
    choose_place(place, kPutAway, kPerson);
  }
  Tense tense = pick(kCopulaTenses);
  bool none = what.determiner == Determiner::kNone, past = tense == Tense::kPast;
  bool question = !none && tense != Tense::kFuture && chance(0.2);
  std::string be = past ? (what.plural ? "were" : "was") : what.plural ? "are" : "is";
  Words english = question ? Words{be, "there"} : Words{"there", be};
  if (tense == Tense::kFuture) english = {"there", "will", "be"};
  Words french = question ? Words{"est-ce", "que", "il"} : Words{"il"};
  french += none ? Words{"ne", "y"} : Words{"y"};
  french.push_back(conjugate(verb("have"), past ? Tense::kImperfect : tense, kHe));
  if (none) french.emplace_back("pas");
  note(what);
  note(place.place);
  const Subject nobody;
  english += english_phrase(what, nobody) + split_words(place.preposition->english) +
             english_phrase(place.place, nobody);
  french +=
      french_phrase(what) + split_words(place.preposition->french) + french_phrase(place.place);
  return finish(english, french, question);
}

// The cat is as big as the dog.
bool Writer::as_as() {
  Subject left = subject(kPerson | kAnimal, false, 0);
  const Adjective* adjective = quality(left.classes);
  if (!adjective) return false;
  NounPhrase right = phrase(left.classes & ~kMass, Choice::kKnown, left, 0);
  if (right.noun == left.phrase.noun || !(right.noun->classes & adjective->predicate)) return false;
  Clause clause = copula(left, adjective, chance(0.6) ? Tense::kPresent : Tense::kPast);
  note(clause);
  note(right);
  sentence_.combinations.push_back(combination(*right.noun, *adjective));
  Words english = english_clause(clause), french = french_clause(clause);
  english.insert(english.end() - 1, "as");
  french.insert(french.end() - 1, "aussi");
  english += Words{"as"} + english_phrase(right, left);
  french += Words{"que"} + french_phrase(right);
  return finish(english, french);
}

bool Writer::yes_no_question() {
  Clause clause = this->clause({.indefinite_subject = false, .negation = false});
  bool self = clause.subject.person == kI && clause.tense != Tense::kCan;
  if (self || clause.tense == Tense::kMust || clause.adverb) return false;
  note(clause);
  return finish(english_clause(clause, true), Words{"est-ce", "que"} + french_clause(clause), true);
}

// Where does the cat sleep?
bool Writer::where_question() {
  Style style{.time = false, .place = false, .indefinite_subject = false, .negation = false};
  Subject who = subject(kPerson | kAnimal, false, 0.3);
  const Frame& frame = this->frame(who.classes);
  if (!(frame.where & (kInside | kTo | kAt))) return false;
  Clause clause = this->clause(who, frame, style);
  if (clause.tense == Tense::kMust || clause.subject.person == kI) return false;
  clause.preposition = nullptr;
  note(clause);
  return finish(Words{"where"} + english_clause(clause, true),
                Words{"où", "est-ce", "que"} + french_clause(clause), true);
}

// Why is the girl singing? Why did he not open the door?
bool Writer::why_question() {
  Clause clause = this->clause({.time = false, .indefinite_subject = false});
  if (clause.polarity == Polarity::kNever || clause.subject.person == kI) return false;
  note(clause);
  return finish(Words{"why"} + english_clause(clause, true),
                Words{"pourquoi", "est-ce", "que"} + french_clause(clause), true);
}

bool Writer::when_question() {
  Style style{.time = false, .indefinite_subject = false, .negation = false};
  style.tenses = {Tense::kPast, Tense::kFuture, Tense::kNear, Tense::kCan};
  Clause clause = this->clause(style);
  if (clause.verb->limits & kState || clause.subject.person == kI) return false;
  note(clause);
  return finish(Words{"when"} + english_clause(clause, true),
                Words{"quand", "est-ce", "que"} + french_clause(clause), true);
}

// Who wants to eat the cake?
bool Writer::who_question() {
  Subject who{kHe, Gender::kMasculine, {"who", "qui"}, {}, kAdult};
  Clause clause = this->clause(who, frame(kAdult), {.negation = false});
  if (clause.tense == Tense::kMust || clause.adverb) return false;
  note(clause);
  return finish(english_clause(clause), french_clause(clause), true);
}

// Where is the key? Où est la clé ?
bool Writer::where_is() {
  Clause clause = copula({}, nullptr, chance(0.7) ? Tense::kPresent : Tense::kPast);
  NounPhrase what = phrase(kThing | kVehicle | kPerson | kAnimal, Choice::kKnown, {}, 0.4);
  clause.subject.phrase = what;
  clause.subject.person = what.plural ? kThey : kHe;
  note(what);
  Words french{"où"};
  french += french_predicate(clause) + french_phrase(what);
  return finish(Words{"where"} + english_clause(clause, true), french, true);
}

// The boys play and the girls sing. He is waiting, but …
bool Writer::joined() {
  Style style{.adjectives = false, .time = false, .place = false, .indefinite_subject = false};
  bool contrast = chance(0.5);
  style.negation = false;
  style.tenses = {pick(kSimpleTenses)};
  Clause first = clause(style), second = clause(style);
  if (contrast) (chance(0.5) ? first : second).polarity = Polarity::kNot;
  for (const Clause* part : {&first, &second})
    if (part->has_object && part->polarity == Polarity::kNot &&
        (part->object.determiner == Determiner::kNumber ||
         part->object.determiner == Determiner::kMany))
      return false;
  if (first.has_object && second.has_object) return false;  // too long for what it teaches
  bool same = first.subject.phrase.noun == second.subject.phrase.noun &&
              first.subject.person == second.subject.person;
  if (same || unclear_they(first, second) || first.verb == second.verb || ambiguous(first) ||
      ambiguous(second))
    return false;
  note(first);
  note(second);
  return finish(english_clause(first) + Words{contrast ? "but" : "and"} + english_clause(second),
                french_clause(first) + Words{contrast ? "mais" : "et"} + french_clause(second));
}

// The boy is not working because he is sick.
bool Writer::because() {
  Style style{.adjectives = false, .time = false, .indefinite_subject = false};
  style.subject = kPerson;
  style.tenses = {Tense::kPresent, Tense::kPast, Tense::kImperfect};
  Clause effect = clause(style);
  Subject who;
  if (effect.verb->limits & kState || ambiguous(effect) || !pronoun_for(effect.subject, who))
    return false;
  static constexpr std::string_view kReasons[] = {"tired", "happy", "sad", "sick"};
  std::string_view reason = kReasons[random_.below(std::ssize(kReasons))];
  const Adjective* adjective = nullptr;
  for (const Adjective& candidate : adjectives())
    if (candidate.english == reason) adjective = &candidate;
  bool past = effect.tense != Tense::kPresent;
  Clause cause = copula(who, adjective, past ? Tense::kPast : Tense::kPresent);
  cause.very = chance(0.2);
  note(effect);
  return finish(english_clause(effect) + Words{"because"} + english_clause(cause),
                french_clause(effect) + Words{"parce", "que"} + french_clause(cause));
}

// The girl was sleeping when the doctor arrived.
bool Writer::when() {
  Style style{.adjectives = false, .time = false, .indefinite_subject = false, .negation = false};
  style.tenses = {Tense::kImperfect};
  Clause scene = clause(style);
  style.tenses = {Tense::kPast};
  style.subject = kPerson;
  Clause event = clause(style);
  bool moves = event.verb->auxiliary == Auxiliary::kEtre && !event.verb->reflexive;
  bool same = scene.subject.person == event.subject.person &&
              scene.subject.phrase.noun == event.subject.phrase.noun;
  if (unclear_they(scene, event) || scene.verb == event.verb) return false;
  if (scene.tense != Tense::kImperfect || !moves || same || event.verb->base == "stay")
    return false;
  note(scene);
  note(event);
  return finish(english_clause(scene) + Words{"when"} + english_clause(event),
                french_clause(scene) + Words{"quand"} + french_clause(event));
}

// She says that the cat is sleeping.
bool Writer::that() {
  Clause speech;
  speech.subject = subject(kPerson, false, 0);
  speech.verb = &verb(pick<std::string_view>({"think", "say", "know"}));
  Style style{.adjectives = false, .indefinite_subject = false};
  style.tenses = {Tense::kPresent, Tense::kPast, Tense::kFuture, Tense::kNear, Tense::kWant};
  Clause content = clause(style);
  if (unclear_they(speech, content)) return false;
  if (ambiguous(content) || content.subject.phrase.noun == speech.subject.phrase.noun) return false;
  note(content);
  return finish(english_clause(speech) + Words{"that"} + english_clause(content),
                french_clause(speech) + Words{"que"} + french_clause(content));
}

// The man who sells the bread is tired.
bool Writer::relative() {
  Style style{.adjectives = false, .time = false};
  style.subject = kPerson;
  style.tenses = {Tense::kPresent, Tense::kPast, Tense::kImperfect};
  Clause clause = this->clause(style);
  if (!clause.subject.phrase.noun || ambiguous(clause)) return false;
  clause.subject.phrase.determiner = Determiner::kThe;
  const Adjective* adjective = quality(clause.subject.classes);
  bool thin = !clause.has_object && !clause.preposition;
  if (!adjective || thin || clause.subject.classes & kKin) return false;
  Clause main = copula(clause.subject, adjective,
                       clause.tense == Tense::kPresent ? Tense::kPresent : Tense::kPast);
  note(clause);
  note(main);
  Words english = english_phrase(clause.subject.phrase, clause.subject) + Words{"who"};
  Words french = french_phrase(clause.subject.phrase) + Words{"qui"};
  return finish(english + english_predicate(clause) + english_predicate(main),
                french + french_predicate(clause) + french_predicate(main));
}

}  // namespace t5::corpus
