// The adjectives: their five French forms, their place, and what they may describe; the numbers.
#include "tutorials/corpora/english_french/lexicon.h"

namespace t5::corpus {
namespace {

constexpr Position kPre = Position::kBefore;
constexpr Position kPost = Position::kAfter;

constexpr Classes kSmallSize =
    kYoung | kPet | kThing | kVehicle | kTree | kBuilding | kOutdoor | kSeat | kOpening;
constexpr Classes kLargeSize = kAnimal | kCarried | kVehicle | kTree | kBuilding | kOutdoor |
                               kSeat | kOpening | kDish | kShelter;
constexpr Classes kLooks = kAnimal | kClothing | kVehicle | kTree | kBuilding | kOutdoor | kDevice;
constexpr Classes kAge =
    kAdult | kAnimal | kThing | kVehicle | kTree | kBuilding | kSeat | kOpening;
constexpr Classes kNews = kRole | kThing | kVehicle | kBuilding | kSeat | kOpening;
constexpr Classes kPainted = kClothing | kDish | kVehicle | kSeat | kOpening | kHeavy;
constexpr Classes kBody = kPerson | kAnimal;
constexpr Classes kKept = kClothing | kDish | kSeat | kOpening | kVehicle;

// clang-format off
constexpr Adjective kAdjectives[] = {
    // before the noun
    {"small", "petit", "petit", "petite", "petits", "petites", kPre, kSmallSize, kSmallSize},
    {"big", "grand", "grand", "grande", "grands", "grandes", kPre, kLargeSize, kLargeSize},
    {"beautiful", "beau", "bel", "belle", "beaux", "belles", kPre, kLooks, kLooks},
    {"old", "vieux", "vieil", "vieille", "vieux", "vieilles", kPre, kAge, kAge},
    {"new", "nouveau", "nouvel", "nouvelle", "nouveaux", "nouvelles", kPre, kNews, 0},
    {"good", "bon", "bon", "bonne", "bons", "bonnes",
     kPre, kFood | kDrink | kText | kRole, kFood | kDrink},
    {"young", "jeune", "jeune", "jeune", "jeunes", "jeunes",
     kPre, kAdult | kBeast, kAdult | kBeast},
    // after the noun
    {"red", "rouge", "rouge", "rouge", "rouges", "rouges", kPost, kPainted, kPainted},
    {"white", "blanc", "blanc", "blanche", "blancs", "blanches",
     kPost, kPainted | kAnimal, kPainted | kAnimal},
    {"black", "noir", "noir", "noire", "noirs", "noires",
     kPost, kPainted | kAnimal, kPainted | kAnimal},
    {"blue", "bleu", "bleu", "bleue", "bleus", "bleues", kPost, kPainted, kPainted},
    {"gray", "gris", "gris", "grise", "gris", "grises",
     kPost, kPainted | kAnimal, kPainted | kAnimal},
    {"heavy", "lourd", "lourd", "lourde", "lourds", "lourdes", kPost, kHeavy, kHeavy},
    {"expensive", "cher", "cher", "chère", "chers", "chères",
     kPost, kClothing | kDevice | kVehicle, kClothing | kDevice | kVehicle},
    {"dirty", "sale", "sale", "sale", "sales", "sales", kPost, kKept, kKept},
    {"empty", "vide", "vide", "vide", "vides", "vides",
     kPost, kDish | kCarried, kDish | kCarried | kIndoor},
    {"tired", "fatigué", "fatigué", "fatiguée", "fatigués", "fatiguées", kPost, kBody, kBody},
    {"happy", "heureux", "heureux", "heureuse", "heureux", "heureuses", kPost, kPerson, kPerson},
    {"sad", "triste", "triste", "triste", "tristes", "tristes", kPost, kPerson, kPerson},
    {"kind", "gentil", "gentil", "gentille", "gentils", "gentilles", kPost, kPerson, kPerson},
    {"sick", "malade", "malade", "malade", "malades", "malades", kPost, kBody, kBody},
    {"hot", "chaud", "chaud", "chaude", "chauds", "chaudes", kPost, kServed, kServed},
    {"cold", "froid", "froid", "froide", "froids", "froides", kPost, kServed, kServed},
    {"fresh", "frais", "frais", "fraîche", "frais", "fraîches", kPost, kFresh, kFresh},
    {"enormous", "énorme", "énorme", "énorme", "énormes", "énormes",
     kPost, kAnimal | kTree | kBuilding | kCarried, kAnimal | kTree | kBuilding | kCarried},
};

constexpr Term kNumbers[] = {
    {"two", "deux"}, {"three", "trois"}, {"four", "quatre"}, {"five", "cinq"}, {"six", "six"},
};
// clang-format on

}  // namespace

std::span<const Adjective> adjectives() { return kAdjectives; }
std::span<const Term> numbers() { return kNumbers; }

}  // namespace t5::corpus
