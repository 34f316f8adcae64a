// The words of the English–French corpus, as plain tables that a reader can check line by line.
//
// A noun carries the classes it belongs to; an adjective names the classes it may describe, and a
// frame (frames.h) the classes of a verb's subject and object, so that cats do not read tables.
// Each English word has exactly one French word in the place where the grammar puts it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace t5::corpus {

using Classes = uint64_t;  // a set of noun classes, one bit each

enum Class : Classes {
  kAdult = Classes{1} << 0,      // people
  kYoung = Classes{1} << 1,      // children
  kKin = Classes{1} << 2,        // relatives: "my mother", never "a mother"
  kRole = Classes{1} << 3,       // people who can be new or good at what they are to us
  kPet = Classes{1} << 4,        // small animals
  kBeast = Classes{1} << 5,      // large animals
  kFood = Classes{1} << 6,       // what people eat
  kFodder = Classes{1} << 7,     // what animals eat, too
  kServed = Classes{1} << 8,     // hot or cold
  kFresh = Classes{1} << 9,      // fresh or not
  kDrink = Classes{1} << 10,     // what people drink
  kText = Classes{1} << 11,      // what can be read
  kWritten = Classes{1} << 12,   // what a person writes
  kClothing = Classes{1} << 13,  // what people wear
  kCarried = Classes{1} << 14,   // things to put other things in
  kDish = Classes{1} << 15,      // glasses and cups
  kThing = Classes{1} << 16,     // what one can hold, buy, sell and give away
  kDevice = Classes{1} << 17,    // costly things
  kVehicle = Classes{1} << 18,   // cars
  kOpening = Classes{1} << 19,   // doors and windows
  kSeat = Classes{1} << 20,      // what one sits on
  kShelter = Classes{1} << 21,   // what a small animal sleeps under
  kTree = Classes{1} << 22,      // trees
  kIndoor = Classes{1} << 23,    // rooms and buildings, from inside
  kOutdoor = Classes{1} << 24,   // places under the sky
  kHome = Classes{1} << 25,      // where pets live
  kGoal = Classes{1} << 26,      // places one goes to (à)
  kBuilding = Classes{1} << 27,  // from outside
  kSurface = Classes{1} << 28,   // what one puts things on
  kHeavy = Classes{1} << 29,     // heavy things
  kMass = Classes{1} << 30,      // no plural: some bread
  kWild = Classes{1} << 31,      // animals that nobody has
};

constexpr Classes kPerson = kAdult | kYoung | kKin;
constexpr Classes kAnimal = kPet | kBeast;
constexpr Classes kPlace = kIndoor | kOutdoor | kGoal;

enum class Gender { kMasculine, kFeminine };

// What the first sound of a word does to the word before it: le chat, l'ami, l'homme, le hibou.
enum class Onset { kWhole, kElides };

struct Noun {
  std::string_view english, english_plural;  // no plural: the corpus uses the singular alone
  std::string_view french, french_plural;
  Gender gender;
  Onset onset;
  Classes classes;
};

enum class Position { kBefore, kAfter };  // un petit chat, un chat noir

struct Adjective {
  std::string_view english;
  std::string_view masculine, before_vowel, feminine;  // beau, bel, belle
  std::string_view masculine_plural, feminine_plural;  // beaux, belles
  Position position;
  Classes describes;  // the nouns it may stand beside
  Classes predicate;  // the nouns of which "X is …" may say it
};

// The four persons of the corpus. "They" is always ils; "you" is left out, being two words in
// French.
enum Person { kI, kHe, kWe, kThey };

enum class Auxiliary { kAvoir, kEtre };

// What keeps a verb out of some tenses.
enum Limits : unsigned {
  kNoLimits = 0,
  kNoProgress = 1,  // not "was finding"
  kNoModal = 2,     // not "wants to lose", "can lose", "must lose"
  kState = 4,       // its English past is a French imparfait: he had, il avait
};

struct Verb {
  std::string_view base, third, past, progressive;  // eat, eats, ate, eating
  std::string_view infinitive;                      // manger
  std::array<std::string_view, 4> present;  // je mange, il mange, nous mangeons, ils mangent
  std::string_view imperfect;               // mange-: with -ait, -aient
  std::string_view future;                  // manger-: with -ai, -a, -ons, -ont
  std::string_view participle;              // mangé
  Auxiliary auxiliary;
  bool reflexive;
  unsigned limits;
};

// The same words on both sides: two – deux, yesterday – hier.
struct Term {
  std::string_view english, french;
};

std::span<const Noun> nouns();
std::span<const Adjective> adjectives();
std::span<const Verb> verbs();
std::span<const Term> numbers();

// The verb with this base form, which must be in the table.
const Verb& verb(std::string_view base);

}  // namespace t5::corpus
