// Files that are not what their name says: what a reader most often finds in place of one.
#pragma once

#include <string>
#include <string_view>

namespace t5 {

// Throws Error, with the cause and the remedy, when a file begins as a pointer of Git LFS, a web
// page, or an archive that has to be unpacked does. A zip archive passes: torch.save writes one.
void check_kind(const std::string& path, std::string_view beginning);

}  // namespace t5
