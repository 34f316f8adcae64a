// Recomputation: memory for time (Chen et al. 2016, "Training deep nets with sublinear memory
// cost").
//
// The backward pass needs what the forward pass computed on its way, layer by layer: most of the
// memory of a training step. A part of a graph that is recomputed keeps its inputs alone; when the
// backward pass comes to it, the part is run once more, recorded this time, and gone through
// backwards.
#pragma once

#include <functional>
#include <vector>

#include "autograd/ops/dropout.h"
#include "autograd/var.h"

namespace t5 {

// A part of a graph: a function of its inputs that drops by the Dropout it is given.
using GraphPart = std::function<Var(const std::vector<Var>& inputs, const Dropout& dropout)>;

// y = part(inputs, dropout), with the same gradients, of which nothing is kept but the inputs.
//
// Whatever another op computed and the part reads has to be among the inputs; leaves, parameters
// for example, may be captured, and get their gradients as usual. Both runs drop the same elements.
// Undefined inputs are handed on.
Var recompute(const GraphPart& part, const std::vector<Var>& inputs, const Dropout& dropout);

}  // namespace t5
