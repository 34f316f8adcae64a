#include "tensor/ops/rows.h"

#include <algorithm>

#include "tensor/error.h"
#include "tensor/ops/elementwise.h"

namespace t5 {
namespace {

void check_ids(const char* op, const Ids& ids, int64_t rows) {
  for (Id id : ids)
    if (id < 0 || id >= rows)
      fail("{}: id {} is outside a table of {} rows; does the vocabulary fit the model?", op, id,
           rows);
}

}  // namespace

Tensor gather_rows(const Tensor& table, const Ids& ids) {
  require(table.rank() == 2 && table.contiguous(), "gather_rows: {} is not a table", table.shape());
  check_ids("gather_rows", ids, table.dim(0));
  int64_t width = table.dim(1), count = static_cast<int64_t>(ids.size());
  Tensor y({count, width});
  // exercise 08-embeddings/lookup — row i of y is row ids[i] of the table
  const real* from = table.data();
  real* to = y.mutable_data();
  parallel_for(count, kElementGrain / std::max<int64_t>(width, 1), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) std::copy_n(from + ids[i] * width, width, to + i * width);
  });
  return y;
  // end exercise
}

void scatter_add_rows(Tensor& table, const Ids& ids, const Tensor& rows) {
  int64_t width = table.dim(1), count = static_cast<int64_t>(ids.size());
  require(rows.shape() == Shape({count, width}), "scatter_add_rows: {} rows of {} into {}", count,
          rows.shape(), table.shape());
  check_ids("scatter_add_rows", ids, table.dim(0));
  // exercise 08-embeddings/scatter-add — row ids[i] of the table grows by row i of `rows`
  Tensor dense = rows.as_contiguous();
  const real* from = dense.data();
  real* to = table.mutable_data();
  // Split by columns, not by rows: two threads must never add to the same element.
  parallel_for(width, kElementGrain / std::max<int64_t>(count, 1), [&](int64_t begin, int64_t end) {
    for (int64_t i = 0; i < count; ++i)
      for (int64_t j = begin; j < end; ++j) to[ids[i] * width + j] += from[i * width + j];
  });
  // end exercise
}

Tensor concatenate(const std::vector<Tensor>& parts, int axis) {
  require(!parts.empty(), "concatenate: nothing to join");
  axis = parts[0].shape().checked_axis(axis);
  Shape shape = parts[0].shape();
  shape[axis] = 0;
  for (const Tensor& part : parts) {
    Shape other = part.shape();
    require(other.rank() == shape.rank(), "concatenate: {} beside {}", other, parts[0].shape());
    shape[axis] += other[axis];
    other[axis] = parts[0].dim(axis);
    require(other == parts[0].shape(), "concatenate: {} beside {} along axis {}", part.shape(),
            parts[0].shape(), axis);
  }
  Tensor y(shape);
  int64_t outer = 1, inner = 1, offset = 0;
  for (int a = 0; a < shape.rank(); ++a) (a < axis ? outer : inner) *= shape[a];
  for (const Tensor& part : parts) {
    Tensor dense = part.as_contiguous();
    int64_t block = outer == 0 ? 0 : part.size() / outer;
    for (int64_t o = 0; o < outer; ++o)
      std::copy_n(dense.data() + o * block, block, y.mutable_data() + o * inner + offset);
    offset += block;
  }
  return y;
}

}  // namespace t5
