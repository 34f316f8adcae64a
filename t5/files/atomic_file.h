// Writing files so that a crash or a full disk never leaves half of one, and reading small ones.
//
// A file is written beside its place (NAME.tmp-PID), flushed to the disk, and renamed into place in
// one step: a reader sees the old file or the new one. Every failure throws Error naming the file
// and what the system said.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace t5 {

// fsync, and what it takes on a Mac to empty the disk's own buffer; 0, or -1 with errno.
int flush_to_disk(int descriptor);

// A file being written. The temporary is locked, so that what a killed writer left can be told from
// it, and is removed by the next DirectoryUpdate. Until `commit` returns, the old file at `path`
// (if any) is untouched; a writer destroyed before that removes what it wrote. A path that names a
// device or a pipe (/dev/stdout) has no old file to protect and is written directly.
class AtomicFile {
 public:
  explicit AtomicFile(std::string path);  // throws Error when the file cannot be made
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* bytes, size_t size);  // appends; unbuffered, so write large pieces
  void write(std::string_view text) { write(text.data(), text.size()); }
  void commit();  // flush and rename into place; nothing may be written afterwards

 private:
  [[noreturn]] void fail_to(const char* what);  // throws for errno

  std::string path_, temporary_;  // temporary_ is empty when path_ is written directly
  int descriptor_ = -1;
};

// Writes `text` to `path` atomically.
void write_file(const std::string& path, std::string_view text);

// The whole file. Throws Error when it is missing, unreadable, not a regular file (a pipe that
// nobody writes to would be waited for), or larger than `max_bytes`.
std::string read_file(const std::string& path, size_t max_bytes = size_t{64} << 20);

// Makes the directory `path` and those above it; one that exists is fine.
void make_directories(const std::string& path);

}  // namespace t5
