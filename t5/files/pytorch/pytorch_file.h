// pytorch_model.bin: a dictionary from names to tensors as torch.save writes it.
//
// It is a zip archive: data.pkl, a pickle that names the tensors and says which part of which
// storage each of them is, and the storages, data/0, data/1, …, arrays of little-endian numbers.
// Several tensors may share a storage, and their elements need not lie row by row. Nothing in the
// file is run (see pickle.h), and every window is verified to lie within its storage.
#pragma once

#include <string>
#include <vector>

#include "t5/files/tensor_entry.h"

namespace t5 {

// Maps the file; the tensors, sorted by name, point into it. Throws Error for a damaged file, for
// one that holds anything but tensors, and for the formats of PyTorch before 1.6.
std::vector<TensorEntry> read_pytorch(const std::string& path);

}  // namespace t5
