// The pickle inside a file of torch.save, read without running anything.
//
// A pickle is a program for a small stack machine that Python runs to build objects, and it may
// call any function of any module. This reader knows the operations that a dictionary of tensors
// is written with, and the few names it needs (torch._utils._rebuild_tensor_v2, the storage types,
// collections.OrderedDict); it refuses everything else by name. It builds descriptions, not
// objects, in memory proportional to the pickle.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "t5/files/data_type.h"

namespace t5 {

// A tensor as the pickle describes it: a window on a storage, an array that lies elsewhere in the
// file. Nothing is verified yet but that extents and strides are not negative and equally many.
// Texts are views of the pickle.
struct PickledTensor {
  std::string_view name;
  DType dtype = DType::F32;
  std::string_view storage;             // its key: "0" stands for the member data/0
  int64_t storage_size = 0;             // elements
  int64_t offset = 0;                   // of the first element
  std::vector<int64_t> shape, strides;  // in elements
};

// The tensors of a dictionary from names to tensors, in its order. `file` is named in errors.
// Throws Error for anything else that a pickle can hold.
std::vector<PickledTensor> read_pickle(std::span<const std::byte> pickle, const std::string& file);

}  // namespace t5
