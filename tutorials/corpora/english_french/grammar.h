// Sentences as structures, and the two functions that say each of them in English and in French.
//
// The rules that make English decide the French wholly: a simple past is a passé composé, "was
// …ing" and the past of "be", "have" and "love" an imparfait, "is going to" the near future, "they"
// always ils, "his" and "her" the subject's own, an indefinite object after a negation "de".
#pragma once

#include <string>
#include <vector>

#include "tutorials/corpora/english_french/frames.h"

namespace t5::corpus {

using Words = std::vector<std::string>;

enum class Determiner {
  kThe,
  kThis,  // this, these
  kA,
  kSome,  // some bread, some cats
  kMany,
  kNumber,
  kNone,  // there is no cat
  kMy,
  kOur,
  kTheir,
  kHis,  // his or her: the subject's own
};

struct NounPhrase {
  const Noun* noun = nullptr;
  bool plural = false;
  Determiner determiner = Determiner::kThe;
  const Term* number = nullptr;
  const Adjective* before = nullptr;  // un petit chat
  const Adjective* after = nullptr;   // un chat noir
};

// Who does it: a pronoun, "who", or a noun phrase.
struct Subject {
  Person person = kHe;
  Gender gender = Gender::kMasculine;
  Term pronoun{};  // empty for a noun phrase
  NounPhrase phrase;
  Classes classes = 0;
};

enum class Tense { kPresent, kPast, kImperfect, kFuture, kNear, kWant, kCan, kMust };
enum class Polarity { kYes, kNot, kNever };

// One verb with all that belongs to it. Either a frame, or "be" with an adjective or a place.
struct Clause {
  Subject subject;
  const Verb* verb = nullptr;
  Tense tense = Tense::kPresent;
  Polarity polarity = Polarity::kYes;
  bool has_object = false;
  NounPhrase object;
  const Preposition* preposition = nullptr;
  NounPhrase place;
  const Adjective* adjective = nullptr;  // X is …
  bool very = false;
  const Term* adverb = nullptr;  // often, always: beside the verb
  const Term* time = nullptr;    // yesterday: at the end
};

Words& operator+=(Words& words, const Words& more);

// "a b" as two words.
Words split_words(std::string_view text);

// A noun phrase; `owner` is whose "his" or "her" it is, `negated` turns "a cat" into "de chat".
Words english_phrase(const NounPhrase& phrase, const Subject& owner, bool negated = false);
Words french_phrase(const NounPhrase& phrase, bool negated = false);

// The form of an adjective for a gender and a number: fatigué, fatiguée, fatigués, fatiguées.
std::string_view agree(const Adjective& adjective, Gender gender, bool plural);

// The finite form of a French verb in a simple tense (present, imparfait, futur).
std::string conjugate(const Verb& verb, Tense tense, Person person);
// The participle, in agreement with the subject where the auxiliary is être.
std::string participle(const Verb& verb, const Subject& subject);

// A statement without its full stop; a question without its question mark, and without the French
// "est-ce que" (the English word order changes: does he eat).
Words english_clause(const Clause& clause, bool question = false);
Words french_clause(const Clause& clause);
// A statement without its subject: "who eats the bread" is "who" and this.
Words english_predicate(const Clause& clause);
Words french_predicate(const Clause& clause);

// Words to text: contraction (au, du, aux, des) and elision (l', d', n', j', m', s', qu'), spaces.
bool elides_before(std::string_view word);
std::string join_french(Words words, std::string_view end);
std::string join_english(const Words& words, std::string_view end);

}  // namespace t5::corpus
