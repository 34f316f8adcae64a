// Zip archives whose members are stored as they are, without compression: what torch.save writes.
//
//   member      30 bytes, its name, an extra field, its bytes; one after the other
//   directory   46 bytes, the name and an extra field for each member
//   end         22 bytes that tell where the directory is
//
// Sizes and offsets above 32 bits stand in extra fields and in a second end record (zip64). An
// archive is untrusted: every offset is verified before use. Checksums are not, as in PyTorch: that
// would read the whole file before the first tensor is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "t5/files/mapped_file.h"

namespace t5 {

// The members by name; their bytes lie in `file`. Throws Error for an archive that is damaged,
// compressed, encrypted or in several parts, and for a name given twice.
std::map<std::string, std::span<const std::byte>> read_zip(const MappedFile& file);

}  // namespace t5
