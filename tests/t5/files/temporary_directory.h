// A directory for one test's files, removed with everything in it at the end of the scope.
#pragma once

#include <stdlib.h>  // mkdtemp on Linux
#include <unistd.h>  // and on macOS

#include <filesystem>
#include <fstream>
#include <string>

#include "tensor/error.h"

namespace t5 {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "t5-test-XXXXXX").string();
    check(::mkdtemp(name.data()) != nullptr, "{}: cannot make a temporary directory", name);
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  // Writes `text` to a file in the directory and returns its path. Unlike write_file it does not
  // wait for the disk, so that a test can do it thousands of times.
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(*this / name, std::ios::binary) << text;
    return *this / name;
  }

  size_t entries() const {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::string path_;
};

}  // namespace t5
