// A picture of all the ways to cut a text into pieces, the best one in colour.
#pragma once

#include <string>
#include <vector>

#include "t5/text/unigram.h"

namespace t5 {

// A piece that a text could be cut into: an edge from one place between characters to a later one.
struct Edge {
  size_t begin, end;  // bytes
  int32_t id;
};

// Every piece of the model that stands somewhere in the text.
std::vector<Edge> edges_of(const PieceModel& model, std::string_view text);

// How many paths lead through the edges from the beginning of the text to its end.
double path_count(const std::vector<Edge>& edges, std::string_view text);

// Places from left to right, pieces as arcs with their scores; the pieces of `best` are strong.
std::string lattice_svg(const PieceModel& model, std::string_view text,
                        const std::vector<Part>& best);

}  // namespace t5
