// Differentiable arithmetic and elementary functions, element by element.
//
// Two operands broadcast as in NumPy; the gradient of a stretched operand is summed back to its
// shape.
#pragma once

#include "autograd/var.h"

namespace t5 {

Var add(const Var& a, const Var& b);
Var sub(const Var& a, const Var& b);
Var mul(const Var& a, const Var& b);
Var div(const Var& a, const Var& b);
Var scale(const Var& x, real factor);
Var shift(const Var& x, real offset);  // x + offset

Var exp(const Var& x);
Var log(const Var& x);
Var sqrt(const Var& x);
Var square(const Var& x);
Var tanh(const Var& x);
Var sigmoid(const Var& x);
Var relu(const Var& x);

inline Var operator+(const Var& a, const Var& b) { return add(a, b); }
inline Var operator-(const Var& a, const Var& b) { return sub(a, b); }
inline Var operator*(const Var& a, const Var& b) { return mul(a, b); }
inline Var operator/(const Var& a, const Var& b) { return div(a, b); }
inline Var operator*(const Var& x, real factor) { return scale(x, factor); }
inline Var operator+(const Var& x, real offset) { return shift(x, offset); }
inline Var operator-(const Var& x) { return scale(x, -1); }

}  // namespace t5
