// The safetensors format (huggingface.co/docs/safetensors): named tensors in one file.
//
//   8 bytes     N, the length of the header, little-endian
//   N bytes     JSON: {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …,
//               "__metadata__": {"format": "pt"}}, padded with spaces
//   the rest    the values, row-major, little-endian; offsets count from here
//
// A file is untrusted: everything in the header is verified before use, and each refusal names the
// file, the tensor and the value. Runs on little-endian machines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "t5/files/mapped_file.h"
#include "t5/files/tensor_entry.h"

namespace t5 {

class SafetensorsFile {
 public:
  // Maps the file and verifies its header. Throws Error for anything the format does not allow.
  static SafetensorsFile open(const std::string& path);

  const std::string& path() const { return file_->path(); }
  const std::vector<TensorEntry>& entries() const { return entries_; }  // sorted by name
  const TensorEntry* find(const std::string& name) const;               // null when there is none
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const std::shared_ptr<const MappedFile>& file() const { return file_; }

 private:
  std::shared_ptr<const MappedFile> file_;
  std::vector<TensorEntry> entries_;
  std::map<std::string, std::string> metadata_;
};

// Writes the file atomically. The values begin at a multiple of 64 bytes; tensors follow by falling
// element size, then by name, so that each is aligned and equal input gives equal bytes. Throws
// Error for a name given twice, and for a size that does not match dtype and shape.
// transformers refuses files without {"format": "pt"}.
void write_safetensors(const std::string& path, std::vector<TensorEntry> entries,
                       const std::map<std::string, std::string>& metadata = {{"format", "pt"}});

}  // namespace t5
