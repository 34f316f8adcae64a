#include "tensor/shape.h"

#include <algorithm>

#include "tensor/error.h"

namespace t5 {

int64_t Shape::size() const {
  int64_t product = 1;
  // exercise 00-first-run/size — the number of elements is the product of the extents
  for (int64_t extent : *this) product *= extent;
  // end exercise
  return product;
}

int Shape::checked_axis(int axis) const {
  require(axis >= -rank_ && axis < rank_, "axis {} does not exist in {}", axis, *this);
  return axis < 0 ? axis + rank_ : axis;
}

void Shape::push_back(int64_t extent) {
  check(rank_ < kMaxRank, "shape: more than {} axes", kMaxRank);
  check(extent >= 0, "shape: negative extent {}", extent);
  extents_[rank_++] = extent;
}

std::string to_string(const Shape& shape) {
  std::string text;
  for (int64_t extent : shape) text += (text.empty() ? "" : ", ") + std::to_string(extent);
  return "(" + text + ")";
}

Shape row_major_strides(const Shape& shape) {
  // exercise 01-tensors/row-major-strides — how far one step along each axis goes
  Shape strides = shape;
  int64_t step = 1;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    strides[axis] = step;
    step *= shape[axis];
  }
  return strides;
  // end exercise
}

Shape broadcast_shape(const char* op, const Shape& a, const Shape& b) {
  // exercise 01-tensors/broadcast-shape — the shape that two operands stretch to
  const Shape& longer = a.rank() >= b.rank() ? a : b;
  const Shape& shorter = a.rank() >= b.rank() ? b : a;
  Shape result = longer;
  for (int axis = -1; axis >= -shorter.rank(); --axis) {
    int64_t m = longer[axis], n = shorter[axis];
    require(m == n || m == 1 || n == 1,
            "{}: shapes {} and {} do not broadcast: {} against {} at axis {}", op, a, b, a[axis],
            b[axis], axis);
    result[axis] = m == 1 ? n : m;
  }
  return result;
  // end exercise
}

}  // namespace t5

fmt::format_context::iterator fmt::formatter<t5::Shape>::format(
    const t5::Shape& shape, fmt::format_context& context) const {
  std::string text = t5::to_string(shape);
  return std::copy(text.begin(), text.end(), context.out());
}
