// A small project with two chapters in a folder of its own, and build/course run there.
#pragma once

#include <doctest/doctest.h>
#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/program_folder.h"

namespace t5::testing {

inline void has(const std::string& text, const std::string& part) {
  INFO("expected: ", part, "\nin: ", text);
  bool found = text.find(part) != std::string::npos;
  CHECK(found);
}

inline void lacks(const std::string& text, const std::string& part) {
  INFO("unexpected: ", part, "\nin: ", text);
  bool found = text.find(part) != std::string::npos;
  CHECK(!found);
}

class CourseTree {
 public:
  CourseTree() {
    namespace fs = std::filesystem;
    program_ = program_folder() / "course";
    folder_ = fs::temp_directory_path() / fmt::format("my course {}", getpid());  // with blanks
    fs::remove_all(folder_);
    write("nn/a.cpp", reference());
    write("tutorials/01-one/README.md", "# 01 · One\n");
    write("tutorials/01-one/hints.md", "# Hints\n\n## first\n\n1. a\n   b\n2. c\n3. d\n");
    write("tutorials/02-two/README.md", "# 02 · Two\n");
    write("tutorials/01-one/tests.txt",
          "first | one is one\nfirst, second | sums are sums\nsecond | two is two\n");
    program("green", {{"one is one"}, {"sums are sums"}, {"two is two"}});
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

  struct FakeTest {
    std::string name, action = ":";  // a shell command
  };

  // A program that reports as tests do. An action that prints an ERROR fails, as does one that ends
  // the program.
  void program(const std::string& name, const std::vector<FakeTest>& tests) const {
    std::string script =
        "#!/bin/sh\nfor each; do case $each in --first=*) first=${each#--first=};; esac; done\n"
        "n=0; status=0; begin() { n=$((n+1)); [ $n -ge $first ] && echo \"[test] $1\"; }\n"
        "wrong() { echo \"x.cpp:2: ERROR: $1\"; status=1; }\n";
    for (const FakeTest& test : tests)
      script += fmt::format("if begin '{}'; then {}; fi\n", test.name, test.action);
    write(name, script + "echo '[doctest] test cases: all of them'\nexit $status\n");
    std::filesystem::permissions(folder_ / name, std::filesystem::perms::owner_all);
  }

  // stdout and stderr of `course ARGUMENTS`, then "status N". `variables`: "EXERCISE=first".
  std::string course(const std::string& arguments, const std::string& variables = "") const {
    return shell(fmt::format("{} '{}' {}", variables, program_.string(), arguments));
  }

  // The same of any command.
  std::string shell(const std::string& line) const {
    std::string command =
        fmt::format("cd '{}' && {{ {}\n}} > .out 2>&1 < /dev/null", folder_.string(), line);
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

  // Writes an exercise of the reference as a learner would.
  void solve(const std::string& id, const std::string& code) const {
    edit("work/nn/a.cpp",
         fmt::format("throw Error(\"exercise {} is not written yet: see tutorials/{}\");", id,
                     id.substr(0, id.find('/'))),
         code);
  }

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
