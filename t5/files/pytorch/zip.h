// Zip archives whose members are stored as they are, without compression: what torch.save writes.
//
//   member      30 bytes, its name, an extra field, its bytes; one after the other
//   directory   46 bytes, the name and an extra field for each member
//   end         22 bytes that tell where the directory is
//
// Sizes and offsets above 32 bits stand in extra fields and in a second end record (zip64). An
// archive is untrusted: every offset is verified before use. Checksums are not, as in PyTorch: that
// would read the whole file before the first tensor is used. Needs MappedFile and AtomicFile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "t5/files/atomic_file.h"
#include "t5/files/mapped_file.h"

namespace t5 {

// The members by name; their bytes lie in `file`. Throws Error for an archive that is damaged,
// compressed, encrypted or in several parts, and for a name given twice.
std::map<std::string, std::span<const std::byte>> read_zip(const MappedFile& file);

// Writes an archive atomically. Each member begins at a multiple of 64 bytes.
class ZipWriter {
 public:
  explicit ZipWriter(const std::string& path) : file_(path) {}

  void add(const std::string& name, std::span<const std::byte> bytes);
  void add(const std::string& name, std::string_view text) {
    add(name, std::as_bytes(std::span(text)));
  }
  void commit();  // writes the directory; nothing may be added afterwards

 private:
  void write(std::string_view text) {
    file_.write(text);
    offset_ += text.size();
  }

  AtomicFile file_;
  std::string directory_;
  uint64_t offset_ = 0, members_ = 0;
};

}  // namespace t5
