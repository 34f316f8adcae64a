#include "t5/files/cache.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "t5/files/directory_update.h"
#include "t5/files/hash.h"
#include "tensor/error.h"

namespace t5 {
namespace {

namespace fs = std::filesystem;

std::string users_directory() {
  for (auto [variable, below] : {std::pair("XDG_CACHE_HOME", "t5"), {"HOME", ".cache/t5"}})
    if (const char* value = std::getenv(variable); value != nullptr && *value == '/')
      return fs::path(value) / below;
  return fs::temp_directory_path() / "t5-cache";
}

uint64_t state_of(const std::string& source) {
  struct stat status {};
  check(::stat(source.c_str(), &status) == 0, "{}: cannot stat: {}; check the path", source,
        std::strerror(errno));
#if defined(__APPLE__)
  const timespec& time = status.st_mtimespec;
#else
  const timespec& time = status.st_mtim;
#endif
  return hash_of(fmt::format("{} {} {}", status.st_size, time.tv_sec, time.tv_nsec));
}

// What was made of the source when it was another. Somebody who still reads it may: it stays
// mapped.
void remove_older(const fs::path& kept, const std::string& prefix, const std::string& end) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(kept.parent_path(), error)) {
    std::string name = entry.path().filename().string();
    if (name.starts_with(prefix) && name.ends_with(end) && entry.path() != kept)
      fs::remove(entry.path(), error);
  }
}

}  // namespace

Cache::Cache(const std::string& directory, Tell tell)
    : directory_(directory.empty() ? users_directory() : directory),
      is_named_(!directory.empty()),
      tell_(std::move(tell)) {}

bool Cache::can_write() const {
  std::error_code error;
  fs::create_directories(directory_, error);
  return ::access(directory_.c_str(), W_OK | X_OK) == 0;
}

std::shared_ptr<const MappedFile> Cache::get(const std::string& source, const std::string& kind,
                                             const std::string& what,
                                             const std::function<bool(const MappedFile&)>& is_whole,
                                             const std::function<void(AtomicFile&)>& make) const {
  std::string path = fs::absolute(source).lexically_normal();
  constexpr size_t kLongestName = 100;  // file systems allow 255 bytes
  std::string name = fs::path(path).filename().string().substr(0, kLongestName);
  std::string prefix = fmt::format("{}-{:016x}-", name, hash_of(path));
  std::string end = "." + kind;
  fs::path kept = fs::path(directory_) / fmt::format("{}{:016x}{}", prefix, state_of(path), end);
  std::error_code error;
  if (fs::file_size(kept, error) > 0 && !error)
    if (auto map = MappedFile::map(kept); is_whole(*map)) return map;
  check(can_write(), "{}: cannot write here; --cache-dir names another place", directory_);
  remove_leftovers(directory_);
  AtomicFile file(kept);
  if (tell_) tell_(fmt::format("{}: {}, once, to {}", source, what, kept.string()));
  make(file);
  file.commit();
  remove_older(kept, prefix, end);
  return MappedFile::map(kept);
}

}  // namespace t5
