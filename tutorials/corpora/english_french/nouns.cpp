// The nouns: English singular and plural, French singular and plural, gender, elision, classes.
#include "tutorials/corpora/english_french/lexicon.h"

namespace t5::corpus {
namespace {

constexpr Gender kM = Gender::kMasculine;
constexpr Gender kF = Gender::kFeminine;
constexpr Onset kNo = Onset::kWhole;      // le chat, le hibou (h aspiré)
constexpr Onset kElide = Onset::kElides;  // l'ami, l'homme (h muet)
constexpr Classes kTown = kIndoor | kGoal | kBuilding;

// clang-format off
constexpr Noun kNouns[] = {
    // people
    {"man", "men", "homme", "hommes", kM, kElide, kAdult},
    {"woman", "women", "femme", "femmes", kF, kNo, kAdult},
    {"boy", "boys", "garçon", "garçons", kM, kNo, kYoung},
    {"girl", "girls", "fille", "filles", kF, kNo, kYoung},
    {"child", "children", "enfant", "enfants", kM, kElide, kYoung},
    {"friend", "friends", "ami", "amis", kM, kElide, kAdult | kRole},
    {"teacher", "teachers", "professeur", "professeurs", kM, kNo, kAdult | kRole},
    {"neighbor", "neighbors", "voisin", "voisins", kM, kNo, kAdult | kRole},
    {"nurse", "nurses", "infirmière", "infirmières", kF, kElide, kAdult | kRole},
    {"king", "kings", "roi", "rois", kM, kNo, kAdult},
    {"queen", "queens", "reine", "reines", kF, kNo, kAdult},
    {"mother", "", "mère", "", kF, kNo, kKin},
    {"father", "", "père", "", kM, kNo, kKin},
    {"brother", "brothers", "frère", "frères", kM, kNo, kKin},
    {"sister", "sisters", "sœur", "sœurs", kF, kNo, kKin},
    {"uncle", "uncles", "oncle", "oncles", kM, kElide, kKin},
    // animals
    {"cat", "cats", "chat", "chats", kM, kNo, kPet},
    {"dog", "dogs", "chien", "chiens", kM, kNo, kPet},
    {"bird", "birds", "oiseau", "oiseaux", kM, kElide, kPet},
    {"mouse", "mice", "souris", "souris", kF, kNo, kPet},
    {"rabbit", "rabbits", "lapin", "lapins", kM, kNo, kPet},
    {"owl", "owls", "hibou", "hiboux", kM, kNo, kPet | kWild},
    {"horse", "horses", "cheval", "chevaux", kM, kNo, kBeast},
    {"cow", "cows", "vache", "vaches", kF, kNo, kBeast},
    {"donkey", "donkeys", "âne", "ânes", kM, kElide, kBeast},
    {"wolf", "wolves", "loup", "loups", kM, kNo, kBeast | kWild},
    // food and drink
    {"apple", "apples", "pomme", "pommes", kF, kNo, kFood | kFodder},
    {"orange", "oranges", "orange", "oranges", kF, kElide, kFood},
    {"egg", "eggs", "œuf", "œufs", kM, kElide, kFood | kFresh},
    {"bean", "beans", "haricot", "haricots", kM, kNo, kFood},
    {"bread", "", "pain", "", kM, kNo, kFood | kFodder | kFresh | kMass},
    {"fish", "", "poisson", "", kM, kNo, kFood | kServed | kFresh | kMass},
    {"water", "", "eau", "", kF, kElide, kDrink | kServed | kFresh | kMass},
    {"milk", "", "lait", "", kM, kNo, kDrink | kServed | kFresh | kMass},
    {"tea", "", "thé", "", kM, kNo, kDrink | kServed | kMass},
    // things to read
    {"book", "books", "livre", "livres", kM, kNo, kText | kWritten | kThing},
    {"letter", "letters", "lettre", "lettres", kF, kNo, kText | kWritten | kThing},
    {"newspaper", "newspapers", "journal", "journaux", kM, kNo, kText | kThing},
    {"story", "stories", "histoire", "histoires", kF, kElide, kText | kWritten},
    // clothes
    {"hat", "hats", "chapeau", "chapeaux", kM, kNo, kClothing | kThing},
    {"shirt", "shirts", "chemise", "chemises", kF, kNo, kClothing | kThing},
    {"scarf", "scarves", "écharpe", "écharpes", kF, kElide, kClothing | kThing},
    // things
    {"key", "keys", "clé", "clés", kF, kNo, kThing},
    {"clock", "clocks", "horloge", "horloges", kF, kElide, kThing | kDevice | kHeavy},
    {"axe", "axes", "hache", "haches", kF, kNo, kThing | kHeavy},
    {"bag", "bags", "sac", "sacs", kM, kNo, kThing | kCarried | kHeavy},
    {"box", "boxes", "boîte", "boîtes", kF, kNo, kThing | kCarried | kHeavy},
    {"glass", "glasses", "verre", "verres", kM, kNo, kThing | kDish},
    {"plate", "plates", "assiette", "assiettes", kF, kElide, kThing | kDish},
    {"car", "cars", "voiture", "voitures", kF, kNo, kVehicle | kShelter},
    // the house and around it
    {"table", "tables", "table", "tables", kF, kNo, kShelter | kSurface | kHeavy},
    {"chair", "chairs", "chaise", "chaises", kF, kNo, kSeat | kShelter | kSurface},
    {"bed", "beds", "lit", "lits", kM, kNo, kSeat | kShelter | kSurface},
    {"mat", "mats", "tapis", "tapis", kM, kNo, kThing | kSeat | kSurface},
    {"door", "doors", "porte", "portes", kF, kNo, kOpening},
    {"window", "windows", "fenêtre", "fenêtres", kF, kNo, kOpening},
    {"tree", "trees", "arbre", "arbres", kM, kElide, kTree | kShelter},
    // places
    {"house", "houses", "maison", "maisons", kF, kNo, kIndoor | kHome | kBuilding},
    {"kitchen", "", "cuisine", "", kF, kNo, kIndoor | kHome},
    {"garden", "gardens", "jardin", "jardins", kM, kNo, kOutdoor | kHome},
    {"school", "schools", "école", "écoles", kF, kElide, kTown},
    {"church", "churches", "église", "églises", kF, kElide, kTown},
    {"hotel", "hotels", "hôtel", "hôtels", kM, kElide, kTown},
    {"station", "stations", "gare", "gares", kF, kNo, kTown},
    {"castle", "castles", "château", "châteaux", kM, kNo, kTown},
    {"market", "", "marché", "", kM, kNo, kOutdoor | kGoal},
    {"park", "parks", "parc", "parcs", kM, kNo, kOutdoor | kGoal},
    {"forest", "forests", "forêt", "forêts", kF, kNo, kOutdoor},
};
// clang-format on

}  // namespace

std::span<const Noun> nouns() { return kNouns; }

}  // namespace t5::corpus
