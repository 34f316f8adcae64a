#include "t5/model/heads.h"

#include <algorithm>

#include "autograd/ops/arithmetic.h"
#include "tensor/error.h"

namespace t5 {

Var Dense::operator()(const Var& x) const { return linear(x) + bias; }

Var ClassificationHead::operator()(const Var& x, const Dropout& drop) const {
  return out_proj(dropout(tanh(dense(dropout(x, drop))), drop));
}

Ids last_eos_rows(const Ids& inputs, const Segments& segments, Id eos) {
  Ids rows;
  for (int64_t b = 0; b < segments.count(); ++b) {
    int64_t row = segments.begin(b) + segments.length(b) - 1;
    while (row >= segments.begin(b) && inputs[row] != eos) --row;
    check(row >= segments.begin(b),
          "classification: sequence {} has no end token (id {}), whose state the head reads", b,
          eos);
    rows.push_back(static_cast<Id>(row));
  }
  return rows;
}

Var span_logits(const Var& scores, const Segments& segments) {
  constexpr real kNever = -1e9;
  std::vector<Var> rows;
  for (int64_t b = 0; b < segments.count(); ++b) {
    int64_t begin = segments.begin(b), n = segments.length(b), rest = segments.longest() - n;
    Var row = transpose(slice(scores, 0, begin, begin + n));  // (2, n)
    rows.push_back(rest == 0 ? row : concatenate({row, Var(Tensor::full({2, rest}, kNever))}, 1));
  }
  return concatenate(rows, 0);
}

}  // namespace t5
