// Drawing the tape: the graph that a value was computed by.
//
// Only what requires a gradient was recorded, and only that is drawn: ops as boxes, leaves as
// ellipses, each with the shape of its value, an arrow from each input to what was made of it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "autograd/var.h"

namespace t5 {

// What to call leaves in a drawing: {{"w", w}, {"b", b}}. Others are called "leaf".
using GraphNames = std::vector<std::pair<std::string, Var>>;

// Graphviz source, for `dot -Tsvg`.
std::string graphviz(const Var& root, const GraphNames& names = {});

// A picture by a layout of our own, for small graphs: `root` at the foot, every node above what was
// made of it.
std::string graph_svg(const Var& root, const GraphNames& names = {});

}  // namespace t5
