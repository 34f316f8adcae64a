// mmap and its errors; see mapped_file.h.
#include "t5/files/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "t5/files/file_kind.h"
#include "tensor/error.h"

namespace t5 {
namespace {

// Closes a file descriptor at the end of a scope; the map stays valid without it.
struct Descriptor {
  int value;
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
};

}  // namespace

std::shared_ptr<const MappedFile> MappedFile::map(const std::string& path) {
  // O_NONBLOCK: opening a pipe that nobody writes to would wait for ever.
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  check(file.value >= 0, "{}: cannot open: {}; check the path", path, std::strerror(errno));
  struct stat status {};
  check(::fstat(file.value, &status) == 0, "{}: cannot stat: {}", path, std::strerror(errno));
  check(!S_ISDIR(status.st_mode), "{}: is a directory; name a file in it", path);
  check(S_ISREG(status.st_mode), "{}: not a regular file; copy it to one first", path);
  check(status.st_size > 0, "{}: the file is empty; copy or download it again", path);

  auto size = static_cast<size_t>(status.st_size);
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.value, 0);
  check(data != MAP_FAILED, "{}: cannot map {} bytes: {}", path, size, std::strerror(errno));
  return std::shared_ptr<const MappedFile>(
      new MappedFile(path, static_cast<const std::byte*>(data), size));
}

std::shared_ptr<const MappedFile> MappedFile::open(const std::string& path) {
  auto file = map(path);
  check_kind(path, file->text().substr(0, 64));
  return file;
}

MappedFile::~MappedFile() { ::munmap(const_cast<std::byte*>(data_), size_); }

}  // namespace t5
