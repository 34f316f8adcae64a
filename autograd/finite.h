// Passes whose results have to be finite.
//
// A product with a weight that is NaN or infinite is not finite itself: to look at the results of
// the ops, of which there are hundreds for a result's one, tells as much as to read all weights.
#pragma once

#include "tensor/error.h"
#include "tensor/tensor.h"

namespace t5 {

struct NotFinite : Error {
  using Error::Error;
};

// While one lives, an op of this thread whose result is not finite throws NotFinite.
class FiniteOnly {
 public:
  FiniteOnly();
  ~FiniteOnly();
  FiniteOnly(const FiniteOnly&) = delete;
  FiniteOnly& operator=(const FiniteOnly&) = delete;

  static void check_result(const char* op, const Tensor& y);  // nothing when none lives

 private:
  bool outer_;
};

}  // namespace t5
