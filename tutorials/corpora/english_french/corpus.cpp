// The split: which sentence goes where.
#include "tutorials/corpora/english_french/corpus.h"

#include <algorithm>
#include <unordered_set>

#include "tensor/error.h"
#include "tutorials/corpora/english_french/writer.h"

namespace t5::corpus {
namespace {

using Set = std::unordered_set<std::string>;

// Adds up to an eighth of `candidates` to the held-out combinations.
void hold_out(std::vector<std::string> candidates, Random& random, std::vector<std::string>& out) {
  random.shuffle(candidates);
  size_t count = candidates.size() / 8;
  out.insert(out.end(), candidates.begin(),
             candidates.begin() + static_cast<std::ptrdiff_t>(count));
}

// A form that only a few nouns show, bel or vieil: too rare to be held out.
bool is_rare_form(const Noun& noun, const Adjective& adjective) {
  bool special = adjective.before_vowel != adjective.masculine;
  return special && noun.gender == Gender::kMasculine && noun.onset == Onset::kElides;
}

// For each adjective an eighth of its nouns, for each compound tense an eighth of the verbs.
std::vector<std::string> choose_held_out(Random random) {
  std::vector<std::string> out;
  for (const Adjective& adjective : adjectives()) {
    std::vector<std::string> names;
    for (const Noun& noun : nouns()) {
      bool fits = adjective.describes & noun.classes & ~kMass;
      if (fits && !is_rare_form(noun, adjective)) names.push_back(combination(noun, adjective));
    }
    hold_out(names, random, out);
  }
  for (Tense tense : {Tense::kNear, Tense::kWant, Tense::kCan, Tense::kMust, Tense::kPast}) {
    std::vector<std::string> names;
    Set seen;
    for (const Frame& frame : frames()) {
      const Verb& v = verb(frame.verb);
      std::string name = combination(v, tense, Polarity::kNot);
      if (v.limits & kNoModal || name.empty() || !seen.insert(name).second) continue;
      names.push_back(name);
    }
    hold_out(names, random, out);
  }
  return out;
}

// New sentences only: neither side has been seen before.
class Source {
 public:
  Source(Random random, const std::vector<std::string>& held_out)
      : writer_(random), held_out_(held_out.begin(), held_out.end()) {
    Sentence example = example_sentence();
    english_.insert(example.english);
    french_.insert(example.french);
  }

  // The next sentence with (or without) a held-out combination.
  Pair next(bool held_out) {
    while (true) {
      Sentence sentence = writer_.write();
      auto held = [&](const std::string& name) { return held_out_.contains(name); };
      if (std::any_of(sentence.combinations.begin(), sentence.combinations.end(), held) != held_out)
        continue;
      if (english_.contains(sentence.english) || french_.contains(sentence.french)) continue;
      english_.insert(sentence.english);
      french_.insert(sentence.french);
      return {sentence.english, sentence.french};
    }
  }

 private:
  Writer writer_;
  Set held_out_, english_, french_;
};

void add_words(const Pair& pair, Set& english, Set& french) {
  for (const std::string& word : words_of(pair.english)) english.insert(word);
  for (const std::string& word : words_of(pair.french)) french.insert(word);
}

bool known(const Pair& pair, const Set& english, const Set& french) {
  std::vector<std::string> left = words_of(pair.english), right = words_of(pair.french);
  auto in = [](const Set& set) {
    return [&](const std::string& word) { return set.contains(word); };
  };
  return std::all_of(left.begin(), left.end(), in(english)) &&
         std::all_of(right.begin(), right.end(), in(french));
}

}  // namespace

std::vector<std::string> words_of(const std::string& sentence) {
  std::vector<std::string> words(1);
  for (char c : sentence) {
    if (c == ' ' || c == '.' || c == '?') {
      words.emplace_back();
    } else {
      words.back() += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      if (c == '\'') words.emplace_back();
    }
  }
  std::erase(words, "");
  return words;
}

EnglishFrench make_english_french(const EnglishFrenchOptions& options) {
  Random random(options.seed);
  EnglishFrench corpus;
  corpus.held_out = choose_held_out(random.fork(0));
  Source source(random.fork(1), corpus.held_out);
  Set english, french;
  while (std::ssize(corpus.train) < options.train) {
    corpus.train.push_back(source.next(false));
    add_words(corpus.train.back(), english, french);
  }
  auto fill = [&](std::vector<Pair>& part, int64_t count, bool held_out) {
    int64_t tries = 10 * count + 1000;
    while (std::ssize(part) < count) {
      check(tries-- > 0,
            "english-french: {} training sentences do not show every word; ask for more",
            options.train);
      Pair pair = source.next(held_out);
      if (known(pair, english, french)) part.push_back(pair);
    }
  };
  Sentence example = example_sentence();
  corpus.test.push_back({example.english, example.french});
  fill(corpus.valid, options.valid, false);
  fill(corpus.test, options.test, false);
  fill(corpus.unseen, options.unseen, true);
  random.fork(2).shuffle(corpus.test);
  return corpus;
}

}  // namespace t5::corpus
