// The tables of frames and prepositions.
#include "tutorials/corpora/english_french/frames.h"

namespace t5::corpus {
namespace {

constexpr Classes kAnyone = kPerson | kAnimal;
constexpr Classes kSold = kThing | kVehicle;
constexpr Classes kSeen = kPerson | kAnimal | kThing | kVehicle | kTree | kBuilding;
constexpr unsigned kAround = kInside | kBeside;

// clang-format off
constexpr Frame kFrames[] = {
    {"eat", kPerson, kFood, Choice::kFew, kInside},
    {"eat", kAnimal, kFodder, Choice::kFew, kNowhere},
    {"drink", kPerson, kDrink, Choice::kFew, kInside},
    {"read", kPerson, kText, Choice::kAny, kInside},
    {"write", kPerson, kWritten, Choice::kFew, kNowhere},
    {"see", kAnyone, kSeen, Choice::kAny, kNowhere},
    {"look at", kAnyone, kSeen, Choice::kKnown, kNowhere},
    {"look for", kPerson, kSeen, Choice::kFew, kNowhere},
    {"look for", kAnimal, kFodder, Choice::kFew, kNowhere},
    {"buy", kPerson, kSold | kFood, Choice::kAny, kNowhere},
    {"sell", kPerson, kSold | kFood, Choice::kAny, kNowhere},
    {"wear", kAdult | kYoung, kClothing, Choice::kFew, kNowhere},
    {"open", kPerson, kOpening | kCarried, Choice::kFew, kNowhere},
    {"close", kPerson, kOpening | kCarried, Choice::kFew, kNowhere},
    {"love", kPerson, kText | kOutdoor | kAnimal | kClothing, Choice::kKnown, kNowhere},
    {"have", kAdult | kYoung, kSold | kPet, Choice::kAny, kNowhere},
    {"give", kPerson, kThing | kFood, Choice::kFew, kToPerson | kRequired},
    {"show", kPerson, kThing | kVehicle | kAnimal, Choice::kKnown, kToPerson | kRequired},
    {"put", kPerson, kThing | kFood, Choice::kFew, kPutAway | kRequired},
    {"sleep", kAnyone, 0, Choice::kAny, kInside | kOnSeat | kUnder | kBeside},
    {"play", kYoung | kPet, 0, Choice::kAny, kAround | kWith | kUnder},
    {"work", kAdult | kKin, 0, Choice::kAny, kAround | kWith | kAt},
    {"sing", kPerson, 0, Choice::kAny, kAround | kWith},
    {"go", kPerson, 0, Choice::kAny, kTo | kRequired},
    {"arrive", kPerson, 0, Choice::kAny, kAt},
    {"fall", kAnyone, 0, Choice::kAny, kAround},
    {"come back", kPerson, 0, Choice::kAny, kFrom},
    {"stay", kAnyone, 0, Choice::kAny, kInside | kUnder | kBeside | kRequired},
    {"stay", kPerson, 0, Choice::kAny, kAt | kRequired},
    {"walk", kPerson, 0, Choice::kAny, kAround | kWith},
    {"sit", kPerson | kPet, 0, Choice::kAny, kOnSeat | kUnder | kBeside | kRequired},
};

constexpr Preposition kPrepositions[] = {
    {"in", "dans", kInside, kPerson, kIndoor | kOutdoor},
    {"in", "dans", kInside, kBeast, kOutdoor},
    {"in", "dans", kInside, kPet, kOutdoor | kHome},
    {"on", "sur", kOnSeat, kPerson | kPet, kSeat},
    {"under", "sous", kUnder, kPet, kShelter},
    {"under", "sous", kUnder, kPerson | kBeast, kTree},
    {"near", "près de", kBeside, kAnyone, kBuilding | kTree | kVehicle},
    {"near", "près de", kBeside, kPerson | kPet, kOpening | kSurface},
    {"behind", "derrière", kBeside, kAnyone, kBuilding | kTree | kVehicle},
    {"in front of", "devant", kBeside, kAnyone, kBuilding},
    {"in front of", "devant", kBeside, kPerson | kPet, kOpening},
    {"to", "à", kTo, kAnyone, kGoal},
    {"at", "à", kAt, kAnyone, kGoal},
    {"from", "de", kFrom, kAnyone, kGoal | kOutdoor},
    {"to", "à", kToPerson, kAnyone, kPerson},
    {"with", "avec", kWith, kAnyone, kPerson},
    {"with", "avec", kWith, kYoung, kPet},
    {"on", "sur", kPutAway, kPerson, kSurface},
    {"in", "dans", kPutAway, kPerson, kCarried},
};
// clang-format on

}  // namespace

std::span<const Frame> frames() { return kFrames; }
std::span<const Preposition> prepositions() { return kPrepositions; }

}  // namespace t5::corpus
