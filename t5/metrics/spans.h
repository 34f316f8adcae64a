// Entities, the names in a text: those that were found against those that are there. An entity
// counts when its type and all its words are right; F1 is over all entities of a corpus.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <iterator>
#include <string>
#include <vector>

#include "t5/metrics/words.h"

namespace t5 {

struct Span {
  std::string type;
  int64_t begin, end;  // of its words, the last one excluded

  auto operator<=>(const Span&) const = default;
};

// The entities of a line of labels, one a word: "B-PER I-PER O B-LOC". Read as conlleval and
// seqeval read it: B and S begin one, E and S end one; I and E go on, and begin one where there is
// nothing of their type to go on with. Throws Error for a label that is none of O and B, I, E, S
// with or without a type.
std::vector<Span> tagged_spans(const Words& labels);

// The entities of a text that names them, as mT5's tasks write them: "PER: John Smith $$ LOC:
// Paris". Blanks around a type or a name do not count; an empty text names none.
std::vector<std::string> written_spans(const std::string& text);

struct SpanCounts {
  double hits = 0, found = 0, wanted = 0;

  SpanCounts& operator+=(const SpanCounts& other);
};

// How many are in both, each as often as both have it.
template <class Entity>
SpanCounts count_spans(std::vector<Entity> found, std::vector<Entity> wanted) {
  std::sort(found.begin(), found.end());
  std::sort(wanted.begin(), wanted.end());
  std::vector<Entity> hits;
  std::set_intersection(found.begin(), found.end(), wanted.begin(), wanted.end(),
                        std::back_inserter(hits));
  return {static_cast<double>(hits.size()), static_cast<double>(found.size()),
          static_cast<double>(wanted.size())};
}

}  // namespace t5
