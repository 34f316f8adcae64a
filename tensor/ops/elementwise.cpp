#include "tensor/ops/elementwise.h"

#include <cassert>

namespace t5::detail {

ElementLoop::ElementLoop(const Shape& result, std::initializer_list<const Tensor*> inputs) {
  assert(inputs.size() <= kMaxInputs);
  std::array<Shape, kMaxInputs> full;
  size_t count = 0;
  for (const Tensor* input : inputs) {
    full[count] = input->broadcast_to(result).strides();
    data[count++] = input->data();
  }
  // Appends an axis, or merges it into the last one when every input steps through both evenly.
  auto push_axis = [&](int64_t extent, auto step) {
    bool merge = shape.rank() > 0;
    for (size_t k = 0; k < count && merge; ++k) merge = strides[k][-1] == step(k) * extent;
    if (merge)
      shape[-1] *= extent;
    else
      shape.push_back(extent);
    for (size_t k = 0; k < count; ++k) {
      if (merge)
        strides[k][-1] = step(k);
      else
        strides[k].push_back(step(k));
    }
  };
  for (int axis = 0; axis < result.rank(); ++axis)
    push_axis(result[axis], [&](size_t k) { return full[k][axis]; });
  if (result.rank() == 0) push_axis(1, [](size_t) { return 1; });
}

ElementLoop::Pointers ElementLoop::row_pointers(int64_t row) const {
  Pointers pointers = data;
  for (int axis = shape.rank() - 2; axis >= 0; --axis) {
    int64_t index = row % shape[axis];
    row /= shape[axis];
    for (size_t k = 0; k < kMaxInputs && strides[k].rank() > 0; ++k)
      pointers[k] += index * strides[k][axis];
  }
  return pointers;
}

}  // namespace t5::detail
