// Draws random sentences from the grammar: noun phrases, clauses, then one of sixteen
// constructions.
//
// A sentence remembers its combinations: each noun with an adjective that describes it
// ("cat+black"), each verb in a compound tense ("eat+can"). The split (split.h) keeps some of them
// out of training.
#pragma once

#include <string>
#include <vector>

#include "tensor/random.h"
#include "tutorials/corpora/english_french/grammar.h"

namespace t5::corpus {

struct Sentence {
  std::string english, french;
  std::vector<std::string> combinations;
};

// The name of a combination; empty for a tense whose forms are a word of their own (il mangera): a
// verb never seen in that tense could not be known.
std::string combination(const Noun& noun, const Adjective& adjective);
std::string combination(const Verb& verb, Tense tense, Polarity polarity);

// "The cat sat on the mat.", built by the same grammar as all others.
Sentence example_sentence();

class Writer {
 public:
  explicit Writer(Random random) : random_(random) {}
  Sentence write();

 private:
  struct Style {  // what a clause may hold
    bool adjectives = true, time = true, place = true, indefinite_subject = true;
    Classes subject = ~Classes{0};
    std::vector<Tense> tenses = {};  // empty: all
    bool negation = true;
  };

  // Choices (choices.cpp).
  bool chance(double probability) { return random_.uniform() < probability; }
  template <class T>
  const T& pick(const std::vector<T>& items) {
    return items[random_.below(std::ssize(items))];
  }
  const Noun& noun(Classes classes);
  Determiner possessive(const Subject& owner);
  void choose_determiner(NounPhrase& phrase, Choice choice, const Subject& owner);
  void choose_adjectives(NounPhrase& phrase, double probability);
  NounPhrase phrase(Classes classes, Choice choice, const Subject& owner, double adjectives);
  Subject pronoun();
  Subject subject(Classes classes, bool indefinite, double adjectives);
  void choose_place(Clause& clause, unsigned where, Classes who);
  const Adjective* quality(Classes classes);

  // Clauses (clauses.cpp).
  Tense tense(const Verb& verb, const Style& style);
  const Frame& frame(Classes subject);
  void choose_polarity(Clause& clause, bool negation);
  void choose_time(Clause& clause);
  Clause clause(const Style& style);
  Clause clause(const Subject& subject, const Frame& frame, const Style& style);
  Clause copula(const Subject& subject, const Adjective* adjective, Tense tense);

  // Constructions (sentences.cpp); each returns false when the draw does not fit.
  bool statement();
  bool quality_statement();
  bool place_statement();
  bool there_is();
  bool as_as();
  bool yes_no_question();
  bool where_question();
  bool why_question();
  bool when_question();
  bool who_question();
  bool where_is();
  bool joined();
  bool because();
  bool when();
  bool that();
  bool relative();

  void note(const Clause& clause);
  void note(const NounPhrase& phrase);
  bool finish(const Words& english, const Words& french, bool question = false);

  Random random_;
  Sentence sentence_;
};

}  // namespace t5::corpus
