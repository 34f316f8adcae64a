// What the verbs go with: who does it, to what, and where. One row is one natural kind of sentence.
#pragma once

#include "tutorials/corpora/english_french/lexicon.h"

namespace t5::corpus {

// Which determiners the object may take.
enum class Choice {
  kAny,    // the, this, my, a, some, two, many
  kFew,    // the, this, my, a, some
  kKnown,  // the, this, my
};

// The places that may follow the verb, as a set of rows of the table of prepositions.
enum Where : unsigned {
  kNowhere = 0,
  kInside = 1,      // in the house – dans la maison
  kOnSeat = 2,      // on the bed – sur le lit
  kUnder = 4,       // under the tree – sous l'arbre
  kBeside = 8,      // near, behind, in front of the church
  kTo = 16,         // to the market – au marché
  kAt = 32,         // at the station – à la gare
  kFrom = 64,       // from the village – du village
  kToPerson = 512,  // to the child – à l'enfant
  kWith = 1024,     // with the dog – avec le chien
  kPutAway = 2048,  // on the table, in the box
  kRequired = 1u << 31,
};

struct Preposition {
  std::string_view english, french;  // French "près de": two words
  unsigned where;
  Classes subject, place;  // who may be there, and what "there" may be
};

struct Frame {
  std::string_view verb;
  Classes subject;
  Classes object;  // 0: none
  Choice choice;
  unsigned where;
};

std::span<const Frame> frames();
std::span<const Preposition> prepositions();

}  // namespace t5::corpus
