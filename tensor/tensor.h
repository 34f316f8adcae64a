// Tensor: a cheap handle on shared storage, an offset, a shape and strides.
//
// Copying a Tensor copies the handle; the elements are shared. Views (reshape, transpose, slice,
// select, broadcast_to) are handles on the same storage with other strides. Kernels that compute
// something return a new, contiguous tensor.
//
// Threads: several may read the same elements, each through a handle of its own or a const one.
// Whoever writes elements must be alone with them.
#pragma once

#include <initializer_list>
#include <memory>
#include <vector>

#include "tensor/random.h"
#include "tensor/real.h"
#include "tensor/shape.h"
#include "tensor/storage.h"

namespace t5 {

class Tensor {
 public:
  Tensor() = default;                   // no elements at all: defined() is false
  explicit Tensor(const Shape& shape);  // uninitialised

  static Tensor zeros(const Shape& shape) { return full(shape, 0); }
  static Tensor full(const Shape& shape, real value);
  static Tensor scalar(real value) { return full({}, value); }
  static Tensor from(const Shape& shape, const std::vector<real>& values);  // row by row
  static Tensor normal(const Shape& shape, Random& random, real deviation = 1);
  static Tensor uniform(const Shape& shape, Random& random, real low, real high);
  // A read-only tensor over memory that `owner` keeps alive (a mapped checkpoint).
  static Tensor borrow(const Shape& shape, const real* data, std::shared_ptr<const void> owner);

  bool defined() const { return storage_ != nullptr; }
  const Shape& shape() const { return shape_; }
  const Shape& strides() const { return strides_; }  // in elements
  int rank() const { return shape_.rank(); }
  int64_t dim(int axis) const { return shape_[axis]; }
  int64_t size() const { return shape_.size(); }

  // The first element. The others follow by strides; element by element when contiguous().
  const real* data() const { return storage_->data() + offset_; }
  real* mutable_data() { return storage_->mutable_data() + offset_; }  // throws when borrowed
  bool contiguous() const { return strides_ == row_major_strides(shape_); }
  bool unique() const { return storage_.use_count() == 1; }  // no other handle sees the elements
  bool borrowed() const { return storage_->borrowed(); }

  real item() const;                                       // of a tensor with one element
  real at(std::initializer_list<int64_t> position) const;  // one element; checked, slow
  std::vector<real> to_vector() const;                     // row by row

  // Views.
  Tensor reshape(const Shape& shape) const;  // copies when the elements are not contiguous
  Tensor transpose(int axis0 = -2, int axis1 = -1) const;
  Tensor slice(int axis, int64_t begin, int64_t end) const;  // [begin, end) of one axis
  Tensor select(int axis, int64_t index) const;              // one index; the axis goes away
  Tensor broadcast_to(const Shape& shape) const;             // stretched axes get stride 0

  Tensor contiguous_copy() const;  // always new storage
  Tensor as_contiguous() const { return contiguous() ? *this : contiguous_copy(); }
  void fill(real value);                 // contiguous tensors only
  void copy_from(const Tensor& source);  // same shape; this tensor contiguous

 private:
  Tensor view(const Shape& shape, const Shape& strides, int64_t offset) const;

  std::shared_ptr<Storage> storage_;
  int64_t offset_ = 0;
  Shape shape_, strides_;
};

}  // namespace t5
