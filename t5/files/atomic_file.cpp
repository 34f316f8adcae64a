// Writing beside and renaming; see atomic_file.h.
#include "t5/files/atomic_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "t5/files/file_kind.h"
#include "tensor/error.h"

namespace t5 {

int flush_to_disk(int descriptor) {
#if defined(F_FULLFSYNC)
  if (::fcntl(descriptor, F_FULLFSYNC) == 0) return 0;
#endif
  return ::fsync(descriptor);
}

namespace {

// Makes a rename in the directory of `path` survive a power cut. Some file systems cannot; the
// rename itself has then still happened, so their refusal is not an error.
void sync_directory_of(const std::string& path) {
  auto directory = std::filesystem::path(path).parent_path();
  int descriptor = ::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  flush_to_disk(descriptor);
  ::close(descriptor);
}

}  // namespace

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)) {
  std::error_code error;
  auto target = std::filesystem::canonical(path_, error);
  if (!error) path_ = target.string();  // a link keeps pointing to the file that is replaced
  struct stat old {};
  bool exists = ::stat(path_.c_str(), &old) == 0;
  check(!exists || !S_ISDIR(old.st_mode), "{}: is a directory; name a file in it", path_);
  int flags = O_WRONLY | O_CLOEXEC;
  if (!exists || S_ISREG(old.st_mode)) {
    temporary_ = fmt::format("{}.tmp-{}", path_, ::getpid());
    flags |= O_CREAT | O_TRUNC | O_NOFOLLOW;
  }
  descriptor_ = ::open((temporary_.empty() ? path_ : temporary_).c_str(), flags, 0666);
  check(descriptor_ >= 0, "{}: cannot write here: {}; check the directory and its permissions",
        path_, std::strerror(errno));
  if (!temporary_.empty()) ::flock(descriptor_, LOCK_EX | LOCK_NB);  // a sign of life
  if (exists && !temporary_.empty() && ::fchmod(descriptor_, old.st_mode & 07777) != 0)
    fail_to("set the permissions");
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

// The destructor does not run when the constructor throws, so the temporary is removed here.
void AtomicFile::fail_to(const char* what) {
  int reason = errno;
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
  if (temporary_.empty()) fail("{}: cannot {}: {}", path_, what, std::strerror(reason));
  ::unlink(temporary_.c_str());
  fail("{}: cannot {}: {}; what was there before is untouched", path_, what, std::strerror(reason));
}

void AtomicFile::write(const void* bytes, size_t size) {
  check(descriptor_ >= 0, "{}: written after commit or a failure", path_);
  auto* next = static_cast<const char*>(bytes);
  while (size > 0) {
    ssize_t written = ::write(descriptor_, next, std::min(size, size_t{1} << 30));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_to("write");
    next += written;
    size -= static_cast<size_t>(written);
  }
}

void AtomicFile::commit() {
  check(descriptor_ >= 0, "{}: committed after commit or a failure", path_);
  if (!temporary_.empty() && flush_to_disk(descriptor_) != 0) fail_to("flush to the disk");
  if (::close(std::exchange(descriptor_, -1)) != 0) fail_to("close");
  if (temporary_.empty()) return;
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail_to("rename into place");
  sync_directory_of(path_);
}

void write_file(const std::string& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

std::string read_file(const std::string& path, size_t max_bytes) {
  std::error_code error;
  auto status = std::filesystem::status(path, error);
  check(!is_directory(status), "{}: is a directory; name a file in it", path);
  check(!exists(status) || is_regular_file(status), "{}: not a regular file; copy it to one first",
        path);
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                       &std::fclose);
  check(file != nullptr, "{}: cannot open: {}; check the path", path, std::strerror(errno));
  std::string text;
  char block[1 << 16];
  while (size_t size = std::fread(block, 1, sizeof block, file.get())) {
    check(size <= max_bytes - text.size(), "{}: larger than {} bytes; is it the right file?", path,
          max_bytes);
    text.append(block, size);
  }
  check(!std::ferror(file.get()), "{}: cannot read: {}", path, std::strerror(errno));
  check_kind(path, text);
  return text;
}

void make_directories(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  check(!error, "{}: cannot make the directory: {}; check what is there, and its permissions", path,
        error.message());
}

}  // namespace t5
