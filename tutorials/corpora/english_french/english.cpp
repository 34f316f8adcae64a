// The English half of the grammar.
#include "tensor/error.h"
#include "tutorials/corpora/english_french/grammar.h"

namespace t5::corpus {
namespace {

// The verb of a clause in pieces: "does" "not" "eat"; the auxiliary comes first in a question.
struct VerbGroup {
  std::string auxiliary;
  Words rest;
};

std::string be(Person person, bool past) {
  if (past) return person == kI || person == kHe ? "was" : "were";
  return person == kI ? "am" : person == kHe ? "is" : "are";
}

std::string finite(const Verb& verb, Tense tense, Person person) {
  if (verb.base == "be") return be(person, tense == Tense::kPast);
  if (tense == Tense::kPast) return std::string(verb.past);
  return std::string(person == kHe ? verb.third : verb.base);
}

// eats, ate, does not eat, did not eat, never eats; wants to eat.
VerbGroup simple_group(const Verb& verb, Tense tense, Polarity polarity, Person person,
                       bool question) {
  bool copula = verb.base == "be";
  if (copula) return {finite(verb, tense, person), {}};
  if (polarity == Polarity::kNever) return {"", {"never", finite(verb, tense, person)}};
  if (polarity == Polarity::kYes && !question) return {"", {finite(verb, tense, person)}};
  std::string auxiliary = tense == Tense::kPast ? "did" : person == kHe ? "does" : "do";
  return {auxiliary, {std::string(verb.base)}};
}

VerbGroup verb_group(const Clause& clause, bool question) {
  const Verb& verb = *clause.verb;
  Person person = clause.subject.person;
  std::string base(verb.base);
  switch (clause.tense) {
    case Tense::kPresent:
    case Tense::kPast:
      return simple_group(verb, clause.tense, clause.polarity, person, question);
    case Tense::kImperfect:
      return {be(person, true), {std::string(verb.progressive)}};
    case Tense::kFuture:
      return {"will", {base}};
    case Tense::kNear:
      return {be(person, false), {"going", "to", base}};
    case Tense::kWant: {
      VerbGroup group =
          simple_group(corpus::verb("want"), Tense::kPresent, clause.polarity, person, question);
      group.rest += {"to", base};
      return group;
    }
    case Tense::kCan:
      return {"can", {base}};
    case Tense::kMust:
      return {"must", {base}};
  }
  fail("english_french: no such tense");
}

Words after_verb(const Clause& clause) {
  Words words;
  bool negated = clause.polarity != Polarity::kYes;
  if (clause.very) words.emplace_back("very");
  if (clause.adjective) words.emplace_back(clause.adjective->english);
  if (clause.has_object) words += english_phrase(clause.object, clause.subject, negated);
  if (clause.preposition) {
    words += split_words(clause.preposition->english);
    words += english_phrase(clause.place, clause.subject);
  }
  if (clause.time) words += split_words(clause.time->english);
  return words;
}

std::string determiner(const NounPhrase& phrase, const Subject& owner, bool negated) {
  switch (phrase.determiner) {
    case Determiner::kThe:
      return "the";
    case Determiner::kThis:
      return phrase.plural ? "these" : "this";
    case Determiner::kA:
      return "a";
    case Determiner::kSome:
      return negated ? "any" : "some";
    case Determiner::kMany:
      return "many";
    case Determiner::kNumber:
      return std::string(phrase.number->english);
    case Determiner::kNone:
      return "no";
    case Determiner::kMy:
      return "my";
    case Determiner::kOur:
      return "our";
    case Determiner::kTheir:
      return "their";
    case Determiner::kHis:
      return owner.gender == Gender::kFeminine ? "her" : "his";
  }
  fail("english_french: no such determiner");
}

Words subject_words(const Subject& subject) {
  if (!subject.pronoun.english.empty()) return {std::string(subject.pronoun.english)};
  return english_phrase(subject.phrase, subject);
}

}  // namespace

Words english_phrase(const NounPhrase& phrase, const Subject& owner, bool negated) {
  Words words{determiner(phrase, owner, negated)};
  if (phrase.before) words.emplace_back(phrase.before->english);
  if (phrase.after) words.emplace_back(phrase.after->english);
  words.emplace_back(phrase.plural ? phrase.noun->english_plural : phrase.noun->english);
  constexpr std::string_view kVowels = "aeiou";
  if (words[0] == "a" && kVowels.find(words[1][0]) != std::string_view::npos) words[0] = "an";
  return words;
}

Words english_predicate(const Clause& clause) {
  VerbGroup group = verb_group(clause, false);
  Words words;
  if (clause.adverb) words += split_words(clause.adverb->english);
  if (!group.auxiliary.empty()) {
    words.push_back(group.auxiliary);
    bool negated = clause.polarity == Polarity::kNot;
    if (negated && clause.tense == Tense::kCan) {
      words.back() = "cannot";
    } else if (negated) {
      words.emplace_back("not");
    }
  }
  words += group.rest;
  words += after_verb(clause);
  return words;
}

Words english_clause(const Clause& clause, bool question) {
  if (!question) {
    Words words = subject_words(clause.subject);
    words += english_predicate(clause);
    return words;
  }
  VerbGroup group = verb_group(clause, true);
  Words words{group.auxiliary};
  words += subject_words(clause.subject);
  if (clause.polarity == Polarity::kNot) words.emplace_back("not");
  words += group.rest;
  words += after_verb(clause);
  return words;
}

std::string join_english(const Words& words, std::string_view end) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  if (text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text.append(end);
}

}  // namespace t5::corpus
