#include "t5/generation/scorers.h"

#include <limits>

#include "tensor/ops/quantized.h"
#include "tensor/ops/rows.h"

namespace t5 {

Scorer score_all(const VocabularyHead& head) {
  return [head](const Tensor& states) {
    NoGrad no_grad;
    return head(Var(states)).value();
  };
}

Scorer score_few(const VocabularyHead& head, const Ids& ids) {
  const QuantizedMatrix* fewer = head.table.quantized();
  VocabularyHead few{
      fewer != nullptr ? Var(fewer->select(ids)) : Var(gather_rows(head.table.value(), ids)),
      head.scaled};
  return [few, ids, vocabulary = head.table.dim(0)](const Tensor& states) {
    NoGrad no_grad;
    Tensor some = few(Var(states)).value();
    Tensor all = Tensor::full({some.dim(0), vocabulary}, -std::numeric_limits<real>::infinity());
    const real* from = some.data();
    real* to = all.mutable_data();
    for (int64_t row = 0; row < some.dim(0); ++row)
      for (Id id : ids) to[row * vocabulary + id] = *from++;
    return all;
  };
}

Scorer score_largest(const VocabularyHead& head, const HeadScreen& screen, const Ids& apart) {
  return [head, &screen, apart](const Tensor& states) {
    NoGrad no_grad;
    return screen.products(head.input(Var(states)).value(), apart);
  };
}

}  // namespace t5
