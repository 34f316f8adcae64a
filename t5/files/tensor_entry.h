// One tensor of a file, in whichever format the file is: what it is called, and where its values
// lie.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "t5/files/data_type.h"
#include "tensor/tensor.h"

namespace t5 {

struct TensorEntry {
  std::string name;
  DType dtype = DType::F32;
  std::vector<int64_t> shape;  // empty for a scalar
  const std::byte* data = nullptr;
  size_t size = 0;                    // bytes of the elements, each counted once
  std::vector<int64_t> strides = {};  // in elements; empty when the elements lie row by row
  std::shared_ptr<const void> owner =
      {};  // keeps a mapped file; empty when the caller owns the bytes

  int64_t count() const { return static_cast<int64_t>(size / dtype_size(dtype)); }  // elements
  // Whether the bytes may be read in place as an array; foreign files need not align them.
  bool is_in_place() const {
    return strides.empty() && reinterpret_cast<uintptr_t>(data) % dtype_size(dtype) == 0;
  }
};

// A tensor of ours, which must be contiguous and outlive the entry.
TensorEntry entry_of(const std::string& name, const Tensor& value);

// Bytes of `shape`. Throws Error, which begins with `place`, when that exceeds an int64. No extent
// is negative.
size_t byte_size(const std::vector<int64_t>& shape, DType dtype, const std::string& place);

// The entry of that name among entries sorted by name; null when there is none.
const TensorEntry* find_entry(const std::vector<TensorEntry>& entries, std::string_view name);

// The elements row by row → out[count()]. T is float or double. Throws Error unless they are
// floating-point numbers.
template <class T>
void read_entry(const TensorEntry& entry, T* out);

// Throws Error, which begins with `place` and names the first value that is NaN or infinite. What
// is not of a floating type, or does not lie row by row, passes.
void check_finite(const TensorEntry& entry, const std::string& place);

// The same tensor as `dtype`, in memory of its own. Throws Error when a finite value becomes
// infinite, and unless the elements of `entry` lie row by row.
TensorEntry converted(const TensorEntry& entry, DType dtype);

}  // namespace t5
