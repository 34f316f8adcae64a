#include "t5/model/finite_pass.h"

#include "t5/files/json.h"
#include "t5/files/tensor_entry.h"
#include "tensor/error.h"
#include "tensor/ops/quantized.h"

namespace t5 {
namespace {

// A matrix in fewer bits row by row, as its rows are used.
void check_rows(const Parameter& p, const std::string& place) {
  for (int64_t row = 0; row < p.var.dim(0); ++row)
    check_finite(entry_of(fmt::format("row {} of {}", row, p.name),
                          p.var.quantized()->rows({static_cast<Id>(row)}).reshape({p.var.dim(1)})),
                 place);
}

}  // namespace

void fail_not_finite(const Model& model) {
  const auto& file = model.config().file;
  std::string place = file ? file->name().substr(0, file->name().rfind('/')) : "model";
  for (const Parameter& p : model.parameters().all())
    if (p.var.quantized() != nullptr)
      check_rows(p, place);
    else
      check_finite(entry_of(p.name, p.var.value()), place);
  fail("{}: the weights are finite, and what they make of this input is not", place);
}

}  // namespace t5
