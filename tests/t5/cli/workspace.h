// Runs the program as a user would: a folder with a small corpus, a tokenizer and a fresh model,
// made once, and a shell to type commands into.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

namespace t5::test {

// An exit status, 128 + n when signal n ended the shell's command. A test that expected another
// prints it with what the command said on stderr.
struct Status {
  int value;
  std::string said;

  operator int() const { return value; }
};

struct Run {
  Status status;
  std::string out, err;
};

class Workspace {
 public:
  // The one workspace of this test run; removed at its end. Holds train.tsv, valid.tsv, test.tsv,
  // tokenizer/ and model/ (a "tiny" model with random weights).
  static Workspace& instance();
  ~Workspace();

  // Runs a shell command in the workspace. $T5 is the program; $CORPUS, $EXAMPLE, $TASKS and
  // $COURSE are the others; they are found by PATH, in a folder that has a blank in its name, as a
  // learner's may.
  Run shell(const std::string& command) const;
  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string read(const std::string& name) const;
  void write(const std::string& name, const std::string& text) const;
  bool exists(const std::string& name) const { return std::filesystem::exists(path(name)); }

 private:
  Workspace();
  std::string folder_;
};

}  // namespace t5::test

template <>
struct doctest::StringMaker<t5::test::Status> {
  static String convert(const t5::test::Status& status);
};
