// Claims about the split of the English–French corpus and its files, and about agreement with the
// subject, which needs whole sentences.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tensor/error.h"
#include "tutorials/corpora/english_french/corpus.h"

using namespace t5::corpus;

namespace {

using Words = std::vector<std::string>;
using Set = std::set<std::string>;

const EnglishFrench& corpus() {
  static const EnglishFrench made = make_english_french({});
  return made;
}

Set set_of(const char* text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// "cat+black" in "the cat was not very black" or "the small black cat", judged by the English text:
// the adjective stands before the noun, with at most one word between, or after a form of "to be"
// whose subject ends in the noun. Good for nouns with a plural in -s.
bool describes(const Words& words, const std::string& noun, const std::string& adjective) {
  auto is_noun = [&](size_t i) {
    return i < words.size() && (words[i] == noun || words[i] == noun + "s");
  };
  static const Set kBe = set_of("is are was were will be not very as");
  bool relative = std::find(words.begin(), words.end(), "who") != words.end();
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] != adjective) continue;
    if (is_noun(i + 1)) return true;
    if (relative) continue;  // "the boy who opened the box is old": not the box
    size_t back = i;
    while (back > 0 && kBe.contains(words[back - 1])) --back;
    if (back < i && back > 0 && is_noun(back - 1)) return true;
  }
  return false;
}

std::string slurp(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::filesystem::path scratch() {
  auto path = std::filesystem::temp_directory_path() / "t5_corpus_test";
  std::filesystem::remove_all(path);
  return path;
}

}  // namespace

TEST_SUITE("corpora") {
  TEST_CASE("corpus: every word form of unseen, test and valid occurs in training, on both sides") {
    const EnglishFrench small =
        make_english_french({.train = 5000});  // where rare forms are lacking
    for (const EnglishFrench* made : {&corpus(), &small}) {
      Set english, french;
      for (const Pair& pair : made->train) {
        for (const std::string& word : words_of(pair.english)) english.insert(word);
        for (const std::string& word : words_of(pair.french)) french.insert(word);
      }
      for (const auto* part : {&made->unseen, &made->test, &made->valid})
        for (const Pair& pair : *part) {
          for (const std::string& word : words_of(pair.english)) CHECK(english.contains(word));
          for (const std::string& word : words_of(pair.french)) CHECK(french.contains(word));
        }
    }
  }

  TEST_CASE("corpus: no held-out noun with its adjective outside unseen, and many inside") {
    size_t pairs = 0, shown = 0, unseen = 0;
    for (const std::string& name : corpus().held_out) {
      std::string noun = name.substr(0, name.find('+')), adjective = name.substr(noun.size() + 1);
      if (contains(adjective, " ") || adjective == "can" || adjective == "must") continue;
      ++pairs;
      for (const auto* part : {&corpus().train, &corpus().valid, &corpus().test})
        for (const Pair& pair : *part)
          if (contains(pair.english, adjective) &&
              describes(words_of(pair.english), noun, adjective)) {
            if (++shown <= 5) MESSAGE(name << ": " << pair.english);
          }
      for (const Pair& pair : corpus().unseen)
        unseen +=
            contains(pair.english, adjective) && describes(words_of(pair.english), noun, adjective);
    }
    CHECK(pairs >= 40);
    CHECK(shown == 0);
    CHECK(unseen > 300);
  }

  TEST_CASE("corpus: no held-out verb with its compound tense outside unseen, and many inside") {
    size_t tenses = 0, shown = 0, unseen = 0;
    for (const std::string& name : corpus().held_out) {
      std::string verb = name.substr(0, name.find('+')), tense = name.substr(verb.size() + 1);
      if (tense == "want to") tense = "to";  // wants to eat
      bool compound = tense == "to" || tense == "going to" || tense == "did not" ||
                      tense == "can" || tense == "must";
      if (!compound) continue;
      ++tenses;
      auto holds = [&](const Pair& pair) {
        std::string text = pair.english;
        text.back() = ' ';
        if (verb == "go" && contains(text, " go out ")) return false;
        if (tense != "to") return contains(text, " " + tense + " " + verb + " ");
        return contains(text, "want to " + verb + " ") || contains(text, "wants to " + verb + " ");
      };
      for (const auto* part : {&corpus().train, &corpus().valid, &corpus().test})
        shown += static_cast<size_t>(std::count_if(part->begin(), part->end(), holds));
      unseen +=
          static_cast<size_t>(std::count_if(corpus().unseen.begin(), corpus().unseen.end(), holds));
    }
    CHECK(tenses >= 10);
    CHECK(shown == 0);
    CHECK(unseen > 50);
  }

  TEST_CASE("corpus: a participle with être agrees with its subject") {
    static const Set kOne =
        set_of("allé arrivé tombé entré revenu sorti resté promené reposé caché assis");
    static const Set kPlural = set_of("sommes sont");
    static const Set kForms = set_of("suis est sommes sont");
    static const Set kFeminine = set_of(
        "elle reine infirmière femme fille mère sœur tante vache souris "
        "poule chèvre reines infirmières femmes filles sœurs "
        "tantes vaches poules chèvres");
    static const Set kMasculine = set_of(
        "il je nous ils homme garçon enfant ami professeur médecin voisin roi père frère oncle "
        "chat "
        "chien oiseau lapin hibou hérisson cheval âne loup hommes garçons enfants amis professeurs "
        "médecins voisins rois frères oncles chats chiens oiseaux lapins hiboux hérissons chevaux "
        "ânes loups héros");
    size_t checked = 0, faults = 0;
    for (const Pair& pair : corpus().train) {
      Words words = words_of(pair.french);
      for (size_t i = 1; i + 1 < words.size(); ++i) {
        if (!kForms.contains(words[i])) continue;
        size_t at = i + 1;
        while (at < words.size() && (words[at] == "pas" || words[at] == "jamais")) ++at;
        if (at >= words.size()) continue;
        std::string stem = words[at];
        bool plural = kPlural.contains(words[i]);
        if (stem.ends_with("s") && stem != "assis") stem.pop_back();
        if (stem.ends_with("e") && kOne.contains(stem.substr(0, stem.size() - 1))) stem.pop_back();
        if (!kOne.contains(stem)) continue;
        size_t who = i;  // the subject: the nearest noun or pronoun before, within its clause
        int gender = 0;
        while (gender == 0 && who > 0) {
          --who;
          if (kFeminine.contains(words[who])) gender = 'f';
          if (kMasculine.contains(words[who]) || (who == 0 && words[0] == "qui")) gender = 'm';
        }
        std::string expected = stem + (gender == 'f' ? "e" : "");
        if (plural && expected != "assis") expected += "s";
        ++checked;
        if (gender != 0 && words[at] != expected && ++faults <= 5)
          MESSAGE(pair.french << ": " << expected);
      }
    }
    CHECK(checked > 1500);
    CHECK(faults == 0);
  }

  TEST_CASE("corpus: the same seed gives the same bytes, another seed others") {
    auto first = scratch();
    write_english_french(make_english_french({.seed = 7}), (first / "a").string());
    write_english_french(make_english_french({.seed = 7}), (first / "b").string());
    write_english_french(make_english_french({.seed = 8}), (first / "c").string());
    for (const char* name : {"train.tsv", "valid.tsv", "test.tsv", "unseen.tsv"}) {
      CHECK(slurp(first / "a" / name) == slurp(first / "b" / name));
      CHECK(slurp(first / "a" / name) != slurp(first / "c" / name));
    }
    std::filesystem::remove_all(first);
  }

  TEST_CASE("corpus: each line is the task, the English, a tab, the French") {
    auto root = scratch();
    write_english_french(corpus(), root.string());
    std::istringstream lines(slurp(root / "test.tsv"));
    std::string line;
    for (const Pair& pair : corpus().test) {
      REQUIRE(std::getline(lines, line));
      CHECK(line == "translate English to French: " + pair.english + "\t" + pair.french);
    }
    CHECK(!std::getline(lines, line));
    CHECK(std::distance(std::filesystem::directory_iterator(root), {}) == 4);
    std::filesystem::remove_all(root);
  }

  TEST_CASE("corpus: too few training sentences and an impossible directory are refused") {
    CHECK_THROWS_WITH_AS(
        make_english_french({.train = 20}),
        "english-french: 20 training sentences do not show every word; ask for more", t5::Error);
    CHECK_THROWS_AS(write_english_french({}, "/dev/null/corpus"), t5::Error);
  }
}
