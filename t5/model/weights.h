// The weights of a model directory, in whichever of the forms that transformers reads: safetensors
// or PyTorch's own format, one file or several with an index.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "t5/files/tensor_entry.h"

namespace t5 {

class Weights {
 public:
  // Maps the first of these that the directory has, which is the order of transformers:
  // model.safetensors, model.safetensors.index.json, pytorch_model.bin,
  // pytorch_model.bin.index.json. Throws Error when there is none and for a damaged file. An index
  // names each tensor's file; one that is missing, lacks the tensor, or lies in another directory
  // is an error.
  static Weights open(const std::string& directory);
  static bool exist(const std::string& directory);
  // The names of all files there that hold weights, in any of the forms.
  static std::vector<std::string> names_in(const std::string& directory);

  const std::string& path() const { return path_; }                     // of the file or the index
  const std::vector<TensorEntry>& entries() const { return entries_; }  // sorted by name
  const TensorEntry* find(const std::string& name) const { return find_entry(entries_, name); }

 private:
  std::string path_;
  std::vector<TensorEntry> entries_;
};

// What options and config.json call the types that weights are written in: "float32", "float16",
// "bfloat16", and "int8".
inline constexpr std::pair<const char*, DType> kPrecisions[] = {{"float32", DType::F32},
                                                                {"float16", DType::F16},
                                                                {"bfloat16", DType::BF16},
                                                                {"int8", DType::I8}};

struct WeightsFormat {
  DType dtype = DType::F32;  // a floating type, or I8: matrices as integers, with a scale a row
  int64_t max_shard_size = INT64_MAX;  // bytes of values in a file; a larger tensor has its own
};

// Writes the weights as safetensors of `dtype`; more than fit one file go to several, and their
// index last. Returns the number of files. The entries lie row by row. Holds one file's converted
// values in memory.
int64_t write_weights(const std::string& directory, const std::vector<TensorEntry>& entries,
                      const WeightsFormat& format);

}  // namespace t5
