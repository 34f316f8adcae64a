// Claims about the English–French corpus, checked from its text alone: the lists of words below are
// typed here a second time, so that a slip in the lexicon's tables shows.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
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

std::vector<Pair> all_pairs() {
  std::vector<Pair> all;
  for (const auto* part : {&corpus().train, &corpus().valid, &corpus().test, &corpus().unseen})
    all.insert(all.end(), part->begin(), part->end());
  return all;
}

Set set_of(const char* text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

bool starts_with_vowel(const std::string& word) {
  for (const char* vowel : {"a", "e", "i", "o", "u", "y", "â", "é", "ê", "î", "ô", "œ", "à", "è"})
    if (word.rfind(vowel, 0) == 0) return true;
  static const Set kMute = set_of(
      "homme hommes histoire histoires hôtel hôtels hôpital hôpitaux horloge horloges "
      "heureux heureuse heureuses hier hiver");
  return kMute.contains(word);
}

// Calls `check(words, i)` for every French word and CHECKs once that no call found fault.
template <class Fault>
void every_word(const Fault& fault) {
  int faults = 0;
  for (const Pair& pair : all_pairs()) {
    Words words = words_of(pair.french);
    for (size_t i = 0; i + 1 < words.size(); ++i)
      if (fault(words, i) && ++faults <= 5) MESSAGE(pair.french);
  }
  CHECK(faults == 0);
}

// The plain singular nouns, by gender, typed from a French dictionary.
const Set kMasculine = set_of(
    "homme garçon enfant ami professeur médecin voisin roi père frère oncle chat chien oiseau "
    "lapin "
    "hibou hérisson cheval âne loup gâteau œuf haricot pain fromage poisson lait thé café livre "
    "journal chapeau manteau parapluie ordinateur cadeau sac panier verre bateau vélo lit banc "
    "tapis "
    "arbre jardin hangar hôtel hôpital musée château marché parc village héros");
const Set kFeminine = set_of(
    "femme fille infirmière reine mère sœur tante souris vache poule chèvre pomme orange carotte "
    "viande soupe eau lettre histoire chemise robe écharpe clé lampe horloge hache boîte tasse "
    "assiette voiture table chaise armoire porte fenêtre maison cuisine école église gare "
    "bibliothèque ferme forêt");
const Set kPlural = set_of(
    "hommes femmes garçons filles enfants amis professeurs médecins voisins infirmières rois "
    "reines "
    "frères sœurs oncles tantes chats chiens oiseaux lapins poules hiboux hérissons chevaux vaches "
    "ânes chèvres loups pommes oranges carottes gâteaux œufs haricots livres lettres journaux "
    "histoires chapeaux manteaux chemises robes écharpes clés lampes horloges haches parapluies "
    "ordinateurs cadeaux sacs boîtes paniers verres tasses assiettes voitures bateaux vélos tables "
    "chaises lits bancs armoires fenêtres arbres maisons jardins hangars écoles églises "
    "hôtels hôpitaux gares bibliothèques musées châteaux fermes parcs villages forêts portes "
    "héros souris tapis");
const Set kBefore = set_of(
    "petit petite petits petites grand grande grands grandes beau bel belle beaux belles vieux "
    "vieil "
    "vieille vieilles nouveau nouvel nouvelle nouveaux nouvelles bon bonne bons bonnes jeune "
    "jeunes "
    "joli jolie jolis jolies long longue longs longues");

}  // namespace

TEST_SUITE("corpora") {
  TEST_CASE("corpus: the four parts have the published sizes and more than 300 words a side") {
    CHECK(corpus().train.size() == 40000);
    CHECK(corpus().valid.size() == 1000);
    CHECK(corpus().test.size() == 2000);
    CHECK(corpus().unseen.size() == 1000);
    Set english, french;
    size_t length = 0, longest = 0;
    for (const Pair& pair : corpus().train) {
      Words left = words_of(pair.english), right = words_of(pair.french);
      english.insert(left.begin(), left.end());
      french.insert(right.begin(), right.end());
      length += left.size();
      longest = std::max(longest, std::max(left.size(), right.size()));
    }
    CHECK(english.size() > 300);
    CHECK(french.size() > 300);
    CHECK(length / corpus().train.size() >= 6);
    CHECK(longest <= 30);
  }

  TEST_CASE("corpus: no sentence occurs twice on either side, so English decides the French") {
    Set english, french;
    for (const Pair& pair : all_pairs()) {
      english.insert(pair.english);
      french.insert(pair.french);
    }
    CHECK(english.size() == 44000);
    CHECK(french.size() == 44000);
  }

  TEST_CASE("corpus: two seeds never translate a sentence differently, either way") {
    std::map<std::string, std::string> french, english;
    int clashes = 0;
    auto add = [&](const Pair& pair) {
      bool there = french.emplace(pair.english, pair.french).first->second == pair.french;
      bool back = english.emplace(pair.french, pair.english).first->second == pair.english;
      if ((!there || !back) && ++clashes <= 5) MESSAGE(pair.english << " | " << pair.french);
    };
    for (const Pair& pair : all_pairs()) add(pair);
    for (const Pair& pair : make_english_french({.seed = 2}).train) add(pair);
    CHECK(clashes == 0);
  }

  TEST_CASE("corpus: the cat sat on the mat in the test part alone") {
    auto is_cat = [](const Pair& pair) { return pair.english == "The cat sat on the mat."; };
    auto found = std::find_if(corpus().test.begin(), corpus().test.end(), is_cat);
    REQUIRE(found != corpus().test.end());
    CHECK(found->french == "Le chat s'est assis sur le tapis.");
    for (const auto* part : {&corpus().train, &corpus().valid, &corpus().unseen})
      CHECK(std::none_of(part->begin(), part->end(), is_cat));
  }

  TEST_CASE("corpus: sentences begin with a capital, end with . or ?, and have single spaces") {
    for (const Pair& pair : all_pairs()) {
      bool question = pair.english.ends_with("?");
      bool good = pair.english[0] >= 'A' && pair.english[0] <= 'Z' && pair.french[0] >= 'A' &&
                  pair.french[0] <= 'Z' && pair.french.ends_with(question ? " ?" : ".") &&
                  (question || pair.english.ends_with("."));
      for (const std::string& text : {pair.english, pair.french})
        good = good && text.find("  ") == text.npos && text.find(" .") == text.npos &&
               text.find("' ") == text.npos && text.find('\t') == text.npos;
      CHECK_MESSAGE(good, pair.english << " | " << pair.french);
    }
  }

  TEST_CASE("corpus: le, la, de, ne, que, je, me, se elide before a vowel and mute h, only there") {
    static const Set kFull = set_of("le la de ne que je me se");
    static const Set kCut = set_of("l' d' n' qu' j' m' s'");
    every_word([](const Words& words, size_t i) {
      bool vowel = starts_with_vowel(words[i + 1]);
      return (kFull.contains(words[i]) && vowel) || (kCut.contains(words[i]) && !vowel);
    });
  }

  TEST_CASE("corpus: de le, à le, de les, à les are contracted") {
    every_word([](const Words& words, size_t i) {
      bool article = words[i + 1] == "le" || words[i + 1] == "les";
      return (words[i] == "de" || words[i] == "à") && article;
    });
  }

  TEST_CASE("corpus: determiners agree with their nouns in gender and number") {
    static const Set kHe =
        set_of("le un ce cet du au mon son beau bel vieil nouveau nouvel petit grand bon");
    static const Set kShe = set_of("la une cette ma sa belle vieille nouvelle petite grande bonne");
    static const Set kMany = set_of(
        "les des ces mes ses nos leurs aux deux trois quatre cinq six sept huit neuf dix petits "
        "petites grands grandes beaux belles vieilles nouveaux nouvelles bons bonnes");
    every_word([](const Words& words, size_t i) {
      const std::string& next = words[i + 1];
      bool noun = kMasculine.contains(next) || kFeminine.contains(next) || kPlural.contains(next);
      bool before_vowel = starts_with_vowel(next) && (words[i] == "mon" || words[i] == "son");
      if (!noun) return false;
      if (kHe.contains(words[i]))
        return !kMasculine.contains(next) && !(before_vowel && kFeminine.contains(next));
      if (kShe.contains(words[i])) return !kFeminine.contains(next);
      return kMany.contains(words[i]) && !kPlural.contains(next);
    });
  }

  TEST_CASE("corpus: ma, sa, ce, beau, nouveau, vieux change before a vowel") {
    static const Set kBeforeConsonant = set_of("ma sa ce beau nouveau");
    static const Set kBeforeVowel = set_of("cet bel nouvel vieil");
    every_word([](const Words& words, size_t i) {
      bool vowel = starts_with_vowel(words[i + 1]);
      bool old = words[i] == "vieux" && vowel && kMasculine.contains(words[i + 1]);
      return (kBeforeConsonant.contains(words[i]) && vowel) || old ||
             (kBeforeVowel.contains(words[i]) && !vowel);
    });
  }

  TEST_CASE("corpus: adjectives after a noun agree with it") {
    static const Set kEverySex =
        set_of("rouge propre sale vide triste malade célèbre calme énorme moderne");
    static const Set kHe =
        set_of("blanc noir vert bleu lourd cher sec fatigué gentil fort chaud froid");
    static const Set kShe = set_of(
        "blanche noire verte bleue grise lourde chère sèche fatiguée heureuse gentille forte "
        "paresseuse chaude froide fraîche");
    static const Set kHes =
        set_of("blancs noirs verts bleus lourds chers secs fatigués gentils forts chauds froids");
    static const Set kShes = set_of(
        "blanches noires vertes bleues grises lourdes chères sèches fatiguées heureuses gentilles "
        "fortes paresseuses chaudes froides fraîches");
    static const Set kInvariable = set_of("héros souris tapis");
    every_word([](const Words& words, size_t i) {
      const std::string &noun = words[i], &next = words[i + 1];
      if (kInvariable.contains(noun)) return false;
      bool he = kMasculine.contains(noun), she = kFeminine.contains(noun);
      bool many = kPlural.contains(noun);
      std::string one = many && !noun.empty() ? noun.substr(0, noun.size() - 1) : noun;
      bool many_he = many && (kMasculine.contains(one) || noun.ends_with("aux"));
      bool many_she = many && kFeminine.contains(one);
      if (kHe.contains(next)) return she || many;
      if (kShe.contains(next)) return he || many;
      if (kHes.contains(next)) return he || she || many_she;
      if (kShes.contains(next)) return he || she || many_he;
      return kEverySex.contains(next) && many;
    });
  }

  TEST_CASE("corpus: a plural adjective before its noun has de, not des; a negated object too") {
    for (const Pair& pair : all_pairs()) {
      Words words = words_of(pair.french);
      auto english = [&](const char* text) { return pair.english.find(text) != std::string::npos; };
      bool place = english("near the ") || english("from the ") || english("of the ");  // de les
      for (size_t i = 0; i + 1 < words.size(); ++i) {
        bool indefinite = words[i] == "des" && kBefore.contains(words[i + 1]);
        CHECK_MESSAGE((place || !indefinite), pair.french);
        bool negation = words[i] == "pas" || words[i] == "jamais";
        bool article = set_of("un une des du").contains(words[i + 1]);
        CHECK_MESSAGE((place || !negation || !article), pair.french);
      }
    }
  }
}
