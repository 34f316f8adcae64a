// Kernels on whole rows of a matrix: gather, scatter-add, joining.
#pragma once

#include <vector>

#include "tensor/tensor.h"

namespace t5 {

// y[i] = table[ids[i]]: (V, M) -> (N, M). An id outside the table throws.
Tensor gather_rows(const Tensor& table, const Ids& ids);
// table[ids[i]] += rows[i]; repeated ids add up.
void scatter_add_rows(Tensor& table, const Ids& ids, const Tensor& rows);
// The parts one below the other along `axis`; all other extents agree.
Tensor concatenate(const std::vector<Tensor>& parts, int axis);

}  // namespace t5
