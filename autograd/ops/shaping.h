// Differentiable views, joins, row lookups and reductions.
#pragma once

#include <vector>

#include "autograd/var.h"

namespace t5 {

// Views: the value shares storage with the input's.
Var reshape(const Var& x, const Shape& shape);
Var transpose(const Var& x, int axis0 = -2, int axis1 = -1);
Var slice(const Var& x, int axis, int64_t begin, int64_t end);
Var broadcast_to(const Var& x, const Shape& shape);

Var concatenate(const std::vector<Var>& parts, int axis);

// y[i] = table[ids[i]]: (V, M) -> (N, M); the gradient adds into the rows that were read.
Var gather_rows(const Var& table, const Ids& ids);
// y[i] = x[i, columns[i]]: (N, V) -> (N, 1).
Var pick(const Var& x, const Ids& columns);

Var sum(const Var& x);                // of all elements: a scalar
Var sum(const Var& x, int axis);      // over one axis, which stays with extent 1
Var mean(const Var& x);               // of all elements: a scalar
Var mean(const Var& x, int axis);     // over one axis, which stays with extent 1
Var maximum(const Var& x, int axis);  // the gradient goes to the first of equal maxima
Var softmax(const Var& x);            // over the last axis
Var log_softmax(const Var& x);        // over the last axis

// (…, m, k) x (…, k, n) -> (…, m, n); the leading axes broadcast.
Var matmul(const Var& a, const Var& b);

}  // namespace t5
