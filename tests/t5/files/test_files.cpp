// Mapped files, atomic writes and reads.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "t5/files/atomic_file.h"
#include "t5/files/mapped_file.h"
#include "tests/t5/files/temporary_directory.h"

namespace t5 {
namespace {

using doctest::Contains;

// While it lives, no file can grow beyond `bytes`: the disk is full for this process.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    old_action_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &old_limit_);
    rlimit limit{bytes, old_limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_limit_);
    ::signal(SIGXFSZ, old_action_);
  }

 private:
  rlimit old_limit_{};
  void (*old_action_)(int);
};

// The message of the Error that writing `text` to `path` throws when only `bytes` fit.
std::string error_on_full_disk(const std::string& path, const std::string& text, rlim_t bytes) {
  FileSizeLimit limit(bytes);
  try {
    write_file(path, text);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_SUITE("files") {
  TEST_CASE("a mapped file holds the bytes of the file, and outlives its name") {
    TemporaryDirectory directory;
    std::string path = directory.file("a.bin", std::string("x\0y", 3));
    auto file = MappedFile::open(path);
    write_file(path, "replaced");
    std::filesystem::remove(path);
    CHECK(file->path() == path);
    REQUIRE(file->size() == 3);
    CHECK(std::memcmp(file->data(), "x\0y", 3) == 0);
  }

  TEST_CASE("mapping a missing, empty or special file or a directory names it and the reason") {
    TemporaryDirectory directory;
    std::string missing = directory / "missing", pipe = directory / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    std::string empty = directory.file("empty", "");
    CHECK_THROWS_WITH_AS(
        MappedFile::open(missing),
        (missing + ": cannot open: No such file or directory; check the path").c_str(), Error);
    CHECK_THROWS_WITH_AS(MappedFile::open(empty), Contains("the file is empty"), Error);
    CHECK_THROWS_WITH_AS(MappedFile::open(directory / "."), Contains("is a directory"), Error);
    CHECK_THROWS_WITH_AS(MappedFile::open(pipe), Contains("not a regular file"), Error);
  }

  TEST_CASE(
      "write_file replaces a file whole, keeps its permissions and leaves nothing beside it") {
    TemporaryDirectory directory;
    std::string path = directory.file("a.txt", "a long first version");
    std::filesystem::permissions(
        path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    write_file(path, "short");
    CHECK(read_file(path) == "short");
    CHECK(std::filesystem::status(path).permissions() ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    CHECK(directory.entries() == 1);
  }

  TEST_CASE("writing through a symbolic link replaces the file it points to, not the link") {
    TemporaryDirectory directory;
    std::string path = directory.file("real", "old"), link = directory / "link";
    std::filesystem::create_symlink("real", link);
    write_file(link, "new");
    CHECK(std::filesystem::is_symlink(link));
    CHECK(read_file(path) == "new");
  }

  TEST_CASE("an unfinished write leaves the old file and no temporary") {
    TemporaryDirectory directory;
    std::string path = directory.file("a.txt", "old");
    auto interrupted = [&] {
      AtomicFile file(path);
      file.write("new");
      CHECK(directory.entries() == 2);
      CHECK(read_file(path) == "old");
      throw std::runtime_error("interrupted");
    };
    CHECK_THROWS_AS(interrupted(), std::runtime_error);
    CHECK(read_file(path) == "old");
    CHECK(directory.entries() == 1);
  }

  TEST_CASE("a full disk names the file, keeps the old one and removes the temporary") {
    TemporaryDirectory directory;
    std::string path = directory.file("a.txt", "old");
    std::string message = error_on_full_disk(path, std::string(5000, 'x'), 1000);
    CHECK(message == path + ": cannot write: File too large; what was there before is untouched");
    CHECK(read_file(path) == "old");
    CHECK(directory.entries() == 1);
  }

  TEST_CASE("a device is written directly, and its errors are seen") {
    CHECK_NOTHROW(write_file("/dev/null", "x"));
    if (!std::filesystem::exists("/dev/full")) {
      MESSAGE("skipped: there is no /dev/full");
      return;
    }
    CHECK_THROWS_WITH_AS(write_file("/dev/full", "x"),
                         "/dev/full: cannot write: No space left on device", Error);
  }

  TEST_CASE("writing where nothing can be written names the file") {
    TemporaryDirectory directory;
    std::string path = directory / "missing/a.txt";
    CHECK_THROWS_WITH_AS(write_file(path, "x"),
                         Contains((path + ": cannot write here: No such file").c_str()), Error);
    CHECK_THROWS_WITH_AS(write_file(directory / ".", "x"), Contains("is a directory"), Error);
  }

  TEST_CASE("a committed or failed writer refuses more") {
    TemporaryDirectory directory;
    AtomicFile file(directory / "a.txt");
    file.commit();
    CHECK_THROWS_WITH_AS(file.write("x"), Contains("written after commit"), Error);
    CHECK_THROWS_WITH_AS(file.commit(), Contains("committed after commit"), Error);
    CHECK(read_file(directory / "a.txt") == "");
  }

  TEST_CASE(
      "read_file takes exactly max_bytes; one more, a directory, a pipe and nothing it refuses") {
    TemporaryDirectory directory;
    std::string path = directory.file("a.txt", std::string(100000, 'x'));
    CHECK(read_file(path, 100000).size() == 100000);
    CHECK_THROWS_WITH_AS(read_file(path, 99999), Contains("larger than 99999 bytes"), Error);
    CHECK_THROWS_WITH_AS(read_file(directory / "."), Contains("is a directory"), Error);
    REQUIRE(::mkfifo((directory / "pipe").c_str(), 0600) == 0);
    for (const std::string& special : {directory / "pipe", std::string("/dev/zero")})
      CHECK_THROWS_WITH_AS(read_file(special), Contains("not a regular file"), Error);
    CHECK_THROWS_WITH_AS(read_file(directory / "b"), Contains("cannot open: No such file"), Error);
  }

  TEST_CASE("make_directories makes the whole path, twice if asked, and not in place of a file") {
    TemporaryDirectory directory;
    make_directories(directory / "a/b");
    make_directories(directory / "a/b");
    CHECK(std::filesystem::is_directory(directory / "a/b"));
    std::string path = directory.file("c", "");
    CHECK_THROWS_WITH_AS(make_directories(path),
                         (path + ": cannot make the directory: Not a directory; check what is "
                                 "there, and its permissions")
                             .c_str(),
                         Error);
  }
}

}  // namespace t5
