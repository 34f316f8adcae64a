// A small project with two chapters in a folder of its own, and build/course run there.
#pragma once

#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace t5::testing {

class CourseTree {
 public:
  CourseTree() {
    namespace fs = std::filesystem;
    program_ = fs::read_symlink("/proc/self/exe").parent_path() / "course";
    folder_ = fs::temp_directory_path() / fmt::format("my course {}", getpid());  // with blanks
    fs::remove_all(folder_);
    write("nn/a.cpp", reference());
    write("tutorials/01-one/README.md", "# 01 · One\n");
    write("tutorials/01-one/hints.md", "# Hints\n\n## first\n\n1. a\n   b\n2. c\n3. d\n");
    write("tutorials/02-two/README.md", "# 02 · Two\n");
    write("red", "#!/bin/sh\nsleep 0\necho '" + std::string(79, '=') +
                     "\nx.cpp:1:\nTEST CASE:  sums are sums\n\nx.cpp:2: ERROR: wrong\n" +
                     std::string(79, '=') +
                     "\n[doctest] test cases:  2 | 1 passed | 1 failed | 0 skipped'\nexit 1\n");
    write("green",
          "#!/bin/sh\necho '[doctest] test cases:  2 | 2 passed | 0 failed | 0 skipped'\n");
    fs::permissions(folder_ / "red", fs::perms::owner_all);
    fs::permissions(folder_ / "green", fs::perms::owner_all);
  }
  ~CourseTree() { std::filesystem::remove_all(folder_); }
  CourseTree(const CourseTree&) = delete;
  CourseTree& operator=(const CourseTree&) = delete;

  // Two exercises of chapter 01 and one of chapter 02, in one file.
  static std::string reference() {
    return "// a file\n"
           "int one() {\n"
           "  // exercise 01-one/first — gives one\n"
           "  return 1;\n"
           "  // end exercise\n"
           "}\n"
           "\n"
           "// Gives two.\n"
           "int two() {\n"
           "  // exercise 01-one/second\n"
           "  return 2;\n"
           "  // end exercise\n"
           "}\n"
           "\n"
           "int three() {\n"
           "  int x = 1;\n"
           "  // exercise 02-two/third\n"
           "  return x + 2;\n"
           "  // end exercise\n"
           "}\n";
  }

  // stdout and stderr of `course ARGUMENTS`, then "status N".
  std::string course(const std::string& arguments) const {
    std::string command = fmt::format("cd '{}' && '{}' {} > .out 2>&1 < /dev/null",
                                      folder_.string(), program_.string(), arguments);
    int status = std::system(command.c_str());
    return read(".out") + fmt::format("status {}\n", WEXITSTATUS(status));
  }

  std::string read(const std::string& path) const {
    std::ifstream file(folder_ / path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  void write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path, std::ios::binary) << text;
  }

  // Replaces the first `from` in a file.
  void edit(const std::string& path, const std::string& from, const std::string& to) const {
    std::string text = read(path);
    size_t at = text.find(from);
    if (at == std::string::npos) throw std::runtime_error(path + " has no '" + from + "'");
    write(path, text.replace(at, from.size(), to));
  }

  void remove(const std::string& path) const { std::filesystem::remove(folder_ / path); }

  bool exists(const std::string& path) const { return std::filesystem::exists(folder_ / path); }

  // What the backups of a file hold, one after the other.
  std::string backups(const std::string& path) const {
    std::string all;
    if (!exists("work/.backup")) return all;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "work/.backup"))
      if (std::filesystem::exists(entry.path() / path))
        all += read(std::filesystem::relative(entry.path() / path, folder_).string());
    return all;
  }

 private:
  std::filesystem::path folder_, program_;
};

}  // namespace t5::testing
