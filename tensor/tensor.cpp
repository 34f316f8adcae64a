#include "tensor/tensor.h"

#include <algorithm>
#include <cassert>

#include "tensor/error.h"
#include "tensor/ops/elementwise.h"

namespace t5 {

Tensor::Tensor(const Shape& shape)
    : storage_(std::make_shared<Storage>(shape.size())),
      shape_(shape),
      strides_(row_major_strides(shape)) {}

Tensor Tensor::full(const Shape& shape, real value) {
  Tensor result(shape);
  result.fill(value);
  return result;
}

Tensor Tensor::from(const Shape& shape, const std::vector<real>& values) {
  require(shape.size() == static_cast<int64_t>(values.size()),
          "tensor: {} values do not fill shape {}", values.size(), shape);
  Tensor result(shape);
  std::copy(values.begin(), values.end(), result.mutable_data());
  return result;
}

Tensor Tensor::normal(const Shape& shape, Random& random, real deviation) {
  Tensor result(shape);
  real* data = result.mutable_data();
  parallel_for(result.size(), kElementGrain / 16, [&](int64_t begin, int64_t end) {
    Random mine = random.skip(begin * Random::kBitsPerNormal);
    for (int64_t i = begin; i < end; ++i) data[i] = static_cast<real>(mine.normal()) * deviation;
  });
  random = random.skip(result.size() * Random::kBitsPerNormal);
  return result;
}

Tensor Tensor::uniform(const Shape& shape, Random& random, real low, real high) {
  Tensor result(shape);
  std::generate_n(result.mutable_data(), result.size(),
                  [&] { return low + (high - low) * static_cast<real>(random.uniform()); });
  return result;
}

Tensor Tensor::borrow(const Shape& shape, const real* data, std::shared_ptr<const void> owner) {
  Tensor result;
  result.storage_ = std::make_shared<Storage>(data, std::move(owner));
  result.shape_ = shape;
  result.strides_ = row_major_strides(shape);
  return result;
}

real Tensor::item() const {
  require(size() == 1, "item: {} has {} elements, not one", shape_, size());
  return *data();
}

real Tensor::at(std::initializer_list<int64_t> position) const {
  require(static_cast<int>(position.size()) == rank(), "at: {} indices for shape {}",
          position.size(), shape_);
  // exercise 01-tensors/element — from a position to a place in memory
  int64_t offset = 0;
  int axis = 0;
  for (int64_t index : position) {
    require(index >= 0 && index < shape_[axis], "at: index {} is outside axis {} of {}", index,
            axis, shape_);
    offset += index * strides_[axis++];
  }
  return data()[offset];
  // end exercise
}

std::vector<real> Tensor::to_vector() const {
  Tensor dense = as_contiguous();
  return {dense.data(), dense.data() + size()};
}

Tensor Tensor::view(const Shape& shape, const Shape& strides, int64_t offset) const {
  Tensor result = *this;
  result.shape_ = shape;
  result.strides_ = strides;
  result.offset_ += offset;
  return result;
}

Tensor Tensor::reshape(const Shape& shape) const {
  require(shape.size() == size(), "reshape: {} has {} elements, {} needs {}", shape_, size(), shape,
          shape.size());
  return as_contiguous().view(shape, row_major_strides(shape), 0);
}

Tensor Tensor::transpose(int axis0, int axis1) const {
  Shape shape = shape_, strides = strides_;
  std::swap(shape[axis0], shape[axis1]);
  std::swap(strides[axis0], strides[axis1]);
  return view(shape, strides, 0);
}

Tensor Tensor::slice(int axis, int64_t begin, int64_t end) const {
  // exercise 01-tensors/slice — a range of one axis, without copying
  require(0 <= begin && begin <= end && end <= shape_[axis],
          "slice: [{}, {}) is outside axis {} of {}", begin, end, axis, shape_);
  Shape shape = shape_;
  shape[axis] = end - begin;
  return view(shape, strides_, begin * strides_[axis]);
  // end exercise
}

Tensor Tensor::select(int axis, int64_t index) const {
  axis = shape_.checked_axis(axis);
  require(0 <= index && index < shape_[axis], "select: index {} is outside axis {} of {}", index,
          axis, shape_);
  Shape shape, strides;
  for (int a = 0; a < rank(); ++a)
    if (a != axis) {
      shape.push_back(shape_[a]);
      strides.push_back(strides_[a]);
    }
  return view(shape, strides, index * strides_[axis]);
}

Tensor Tensor::broadcast_to(const Shape& shape) const {
  require(broadcast_shape("broadcast_to", shape_, shape) == shape,
          "broadcast_to: {} does not stretch to {}", shape_, shape);
  // exercise 01-tensors/broadcast-to — repetition is a stride of zero
  Shape strides = shape;
  for (int axis = -1; axis >= -shape.rank(); --axis) {
    bool stretched = -axis > rank() || (shape_[axis] == 1 && shape[axis] != 1);
    strides[axis] = stretched ? 0 : strides_[axis];
  }
  return view(shape, strides, 0);
  // end exercise
}

Tensor Tensor::contiguous_copy() const {
  return map([](real x) { return x; }, *this);
}

void Tensor::fill(real value) {
  assert(contiguous());
  std::fill_n(mutable_data(), size(), value);
}

void Tensor::copy_from(const Tensor& source) {
  require(source.shape() == shape_, "copy: {} into {}", source.shape(), shape_);
  update([](real, real x) { return x; }, *this, source);
}

}  // namespace t5
