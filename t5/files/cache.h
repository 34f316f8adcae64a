// What is made once of a large file and kept for the next start: the content of a packed file, the
// places of its lines, its tokens.
//
// A kept file's name has the source's name, hashes of its path and of its size and time, and what
// it is: `text.txt-…-….lines`. A source that has changed has no kept file, and the next one
// replaces what was made of it before. Kept files are written beside their place and renamed:
// killed at any moment, a run leaves a whole one or none. The directory may be removed at any time.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "t5/files/atomic_file.h"
#include "t5/files/mapped_file.h"

namespace t5 {

class Cache {
 public:
  // Without a name the user's: $XDG_CACHE_HOME/t5, or ~/.cache/t5. What is made is told to `tell`,
  // if there is one, in one line, before.
  using Tell = std::function<void(const std::string& line)>;
  explicit Cache(const std::string& directory = "", Tell tell = nullptr);

  // Whether a user named the directory: then small files are kept too.
  bool is_named() const { return is_named_; }
  bool can_write() const;  // makes the directory where there is none

  // The kept file of this kind of `source`, mapped. Where there is none, or `is_whole` finds it
  // damaged, `make` writes it; `what` tells it to the user. A directory that cannot be written
  // throws, naming --cache-dir.
  std::shared_ptr<const MappedFile> get(const std::string& source, const std::string& kind,
                                        const std::string& what,
                                        const std::function<bool(const MappedFile&)>& is_whole,
                                        const std::function<void(AtomicFile&)>& make) const;

 private:
  std::string directory_;
  bool is_named_;
  Tell tell_;
};

}  // namespace t5
