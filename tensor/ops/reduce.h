// Sums and softmax over axes.
#pragma once

#include "tensor/tensor.h"

namespace t5 {

Tensor sum(const Tensor& x);                // of all elements: a scalar
Tensor sum(const Tensor& x, int axis);      // over one axis, which stays with extent 1
Tensor maximum(const Tensor& x, int axis);  // likewise
Tensor sum_to(const Tensor& x,
              const Shape& shape);     // over every axis that `shape` was stretched on
double squared_norm(const Tensor& x);  // the sum of squares, accumulated in double

Tensor softmax(const Tensor& x);      // over the last axis
Tensor log_softmax(const Tensor& x);  // over the last axis
Ids argmax(const Tensor& x);          // over the last axis, row by row; the first of equals

// One row of n numbers in place: x = exp(x - max) / sum. Returns log of the sum of exponentials of
// the original row (0 numbers: nothing happens).
real softmax_row(real* x, int64_t n);
// log of the sum of e^x[i], without overflow.
real log_sum_exp(const real* x, int64_t n);

}  // namespace t5
