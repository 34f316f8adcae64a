#include "t5/files/directory_update.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "t5/files/atomic_file.h"
#include "tensor/error.h"

namespace t5 {
namespace {

namespace fs = std::filesystem;

constexpr const char *kWriting = "/.t5-writing", *kNew = "/.t5-new";
constexpr std::string_view kGone = ".gone";  // NAME.gone in a set: the file NAME is removed

bool is_there(const std::string& path) {  // a dangling link too
  std::error_code error;
  return fs::exists(fs::symlink_status(path, error));
}

// A link would let a directory from elsewhere have files of other places moved.
bool has_new_set(const std::string& directory) {
  std::error_code error;
  return fs::is_directory(fs::symlink_status(directory + kNew, error));
}

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error))
    names.push_back(entry.path().filename().string());
  check(!error, "{}: cannot read the directory: {}", directory, error.message());
  std::sort(names.begin(), names.end());
  return names;
}

bool same_bytes(const std::string& a, const std::string& b) {
  std::error_code error;
  if (!fs::is_regular_file(b, error) || fs::file_size(a, error) != fs::file_size(b, error))
    return false;
  std::ifstream x(a, std::ios::binary), y(b, std::ios::binary);
  std::vector<char> left(1 << 16), right(1 << 16);
  while (x && y) {
    x.read(left.data(), std::ssize(left));
    y.read(right.data(), std::ssize(right));
    if (x.gcount() != y.gcount() || std::memcmp(left.data(), right.data(), x.gcount()) != 0)
      return false;
  }
  return x.eof() && y.eof();
}

// Each step leaves one thing less to do, so that whoever finds .t5-new can go on.
void move_into_place(const std::string& directory, const DirectoryLock& lock) {
  std::string set = directory + kNew;
  std::error_code error;
  for (const std::string& name : names_in(set)) {
    std::string file = set + "/" + name, place = directory + "/" + name;
    if (name.ends_with(kGone)) {
      fs::remove(place.substr(0, place.size() - kGone.size()), error);
      if (!error) fs::remove(file, error);
    } else {
      fs::rename(file, place, error);
    }
    check(!error, "{}: a killed writer left {} in .t5-new, and it cannot be moved to its place: {}",
          directory, name, error.message());
  }
  lock.sync();
  fs::remove(set, error);
  check(!error, "{}: cannot remove the empty directory: {}", set, error.message());
}

// A temporary file is locked by the writer that makes it: what can be locked is a dead one's.
bool is_dead(const std::string& path) {
  int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return false;
  bool dead = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
  ::close(descriptor);
  return dead;
}

// Makes the directory and those above it; false when it was there.
bool make(const std::string& directory) {
  bool exists = is_there(directory);
  make_directories(directory);
  bool is_writable = ::access(directory.c_str(), W_OK | X_OK) == 0;
  check(is_writable, "{}: cannot write here: {}; check the directory and its permissions",
        directory, std::strerror(errno));
  return !exists;
}

}  // namespace

void remove_leftovers(const std::string& directory) {
  constexpr std::string_view kMark = ".tmp-";
  for (const std::string& name : names_in(directory)) {
    size_t at = name.rfind(kMark);
    if (at == name.npos || at + kMark.size() == name.size()) continue;
    bool is_number = name.find_first_not_of("0123456789", at + kMark.size()) == name.npos;
    std::string path = directory + "/" + name;
    std::error_code error;
    if (is_number && fs::is_regular_file(fs::symlink_status(path, error)) && is_dead(path))
      fs::remove(path, error);
  }
}

DirectoryLock::DirectoryLock(const std::string& directory)
    : descriptor_(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  check(descriptor_ >= 0, "{}: cannot open the directory: {}", directory, std::strerror(errno));
}

DirectoryLock::~DirectoryLock() { ::close(descriptor_); }

bool DirectoryLock::take() const {
  return ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

// Some file systems cannot; the renames have then still happened, so that it is no error.
void DirectoryLock::sync() const { flush_to_disk(descriptor_); }

void check_absent(const std::string& directory, const std::string& name) {
  check(!is_there(directory + "/" + name),
        "{}: already holds {}, which would be replaced; choose another --output, or add "
        "--overwrite",
        directory, name);
}

DirectoryUpdate::DirectoryUpdate(std::string directory, Existing existing)
    : directory_(std::move(directory)),
      existing_(existing),
      is_made_(make(directory_)),
      lock_(directory_) {
  check(lock_.take(),
        "{}: another process is writing here; wait for its end, or choose another --output",
        directory_);
  if (has_new_set(directory_)) move_into_place(directory_, lock_);
  std::error_code error;
  fs::remove_all(directory_ + kWriting, error);
  remove_leftovers(directory_);
}

DirectoryUpdate::~DirectoryUpdate() {
  std::error_code error;
  if (!folder_.empty()) fs::remove_all(folder_, error);
  if (is_made_) fs::remove(directory_, error);  // which fails where there is something in it
}

const std::string& DirectoryUpdate::folder() {
  if (folder_.empty()) {
    make_directories(directory_ + kWriting);
    folder_ = directory_ + kWriting;
  }
  return folder_;
}

void DirectoryUpdate::write(const std::string& name, std::string_view text) {
  write_file(folder() + "/" + name, text);
  check_change(name);
}

void DirectoryUpdate::displace(const std::vector<std::string>& names) {
  displaced_.insert(displaced_.end(), names.begin(), names.end());
}

// Whether the file that was written under that name differs from the old one. Throws when it must
// not.
bool DirectoryUpdate::check_change(const std::string& name) const {
  std::string file = folder_ + "/" + name, old = directory_ + "/" + name;
  std::error_code error;
  check(!fs::is_directory(old, error), "{}: is a directory; a file is to take its place", old);
  if (same_bytes(file, old)) return false;
  if (existing_ == Existing::kRefuse) check_absent(directory_, name);
  return true;
}

void DirectoryUpdate::drop_equal_files() {
  for (const std::string& name : names_in(folder())) {
    std::string file = folder() + "/" + name;
    std::error_code error;
    auto old = fs::status(directory_ + "/" + name, error);
    if (!check_change(name))
      fs::remove(file);
    else if (fs::exists(old))
      fs::permissions(file, old.permissions(), error);
  }
}

void DirectoryUpdate::mark_displaced() {
  for (const std::string& name : displaced_) {
    if (!is_there(directory_ + "/" + name)) continue;
    if (existing_ == Existing::kRefuse) check_absent(directory_, name);
    write(name + std::string(kGone), "");
  }
  displaced_.clear();
}

void DirectoryUpdate::commit() {
  const auto names = names_in(folder());
  std::erase_if(displaced_, [&](const std::string& name) {
    return std::binary_search(names.begin(), names.end(), name);
  });
  drop_equal_files();
  mark_displaced();
  std::error_code error;
  if (names_in(folder_).empty()) {
    fs::remove(std::exchange(folder_, ""), error);
    return;
  }
  lock_.sync();
  fs::rename(folder_, directory_ + kNew, error);  // from here on the new set is the one that counts
  check(!error, "{}: cannot rename: {}", folder_, error.message());
  folder_.clear();
  is_made_ = false;
  lock_.sync();
  move_into_place(directory_, lock_);
}

void finish_update(const std::string& directory) {
  constexpr int kPause = 5, kLongest = 10'000;  // milliseconds
  for (int waited = 0; has_new_set(directory); waited += kPause) {
    DirectoryLock lock(directory);
    if (lock.take()) {
      if (has_new_set(directory)) move_into_place(directory, lock);
      return;
    }
    check(waited < kLongest, "{}: another process is writing here; try again later", directory);
    ::usleep(1000 * kPause);
  }
}

}  // namespace t5
