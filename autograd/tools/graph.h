// Drawing the tape.
#pragma once

#include <string>

#include "autograd/var.h"

namespace t5 {

// The graph that `root` was computed by, as Graphviz source (`dot -Tsvg`): ops as boxes, leaves as
// ellipses, each with its shape. Only what requires a gradient was recorded and is drawn.
std::string graphviz(const Var& root);

}  // namespace t5
