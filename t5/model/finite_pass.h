// Passes of a model whose weights nobody has looked at: mapped files are read when they are used.
#pragma once

#include "autograd/finite.h"
#include "t5/model/model.h"

namespace t5 {

// Throws Error that names the first weight that is NaN or infinite, or says that none is.
[[noreturn]] void fail_not_finite(const Model& model);

// The result of `pass`, in which no op may give NaN or infinity.
template <class Pass>
auto finite_pass(const Model& model, const Pass& pass) {
  try {
    FiniteOnly only;
    return pass();
  } catch (const NotFinite&) {
    fail_not_finite(model);
  }
}

}  // namespace t5
