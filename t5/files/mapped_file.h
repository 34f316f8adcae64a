// A whole file mapped into memory, read-only: a checkpoint of many gigabytes opens at once, and
// only the pages that are read are loaded.
//
// The map is shared: whoever holds the pointer keeps the bytes valid, after the file is renamed or
// replaced too. A file that another program truncates while it is mapped ends this one with SIGBUS;
// write files with AtomicFile, which never truncates.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace t5 {

class MappedFile {
 public:
  // Maps the file at `path`. Throws Error when it is missing, unreadable, empty or not a regular
  // file.
  static std::shared_ptr<const MappedFile> map(const std::string& path);
  // The same; a file that begins as none that holds data does (see file_kind.h) throws too.
  static std::shared_ptr<const MappedFile> open(const std::string& path);

  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::string& path() const { return path_; }
  const std::byte* data() const { return data_; }
  size_t size() const { return size_; }  // bytes, at least 1
  std::span<const std::byte> bytes() const { return {data_, size_}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }

 private:
  MappedFile(std::string path, const std::byte* data, size_t size)
      : path_(std::move(path)), data_(data), size_(size) {}

  std::string path_;
  const std::byte* data_;
  size_t size_;
};

}  // namespace t5
