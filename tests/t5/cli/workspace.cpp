#include "tests/t5/cli/workspace.h"

#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/program_folder.h"

namespace t5::test {

Workspace& Workspace::instance() {
  static Workspace workspace;
  return workspace;
}

Workspace::Workspace() {
  namespace fs = std::filesystem;
  folder_ = fs::temp_directory_path() / fmt::format("t5 test {}", getpid());  // a blank, on purpose
  fs::create_directories(folder_);
  fs::create_directory_symlink(testing::program_folder(), path("programs"));
  Run made = shell(
      "$CORPUS english-french --output . --train 2000 && "
      "$T5 tokenizer train --train train.tsv --vocab-size 300 --output tokenizer && "
      "$T5 new --preset tiny --tokenizer tokenizer --output model");
  if (made.status != 0) throw std::runtime_error("the workspace could not be made: " + made.err);
}

Workspace::~Workspace() { std::filesystem::remove_all(folder_); }

Run Workspace::shell(const std::string& command) const {
  std::string script = fmt::format(
      "cd '{0}' && export PATH='{0}/programs':\"$PATH\" T5=t5 CORPUS=corpus "
      "EXAMPLE=library_example TASKS=tasks_example COURSE=course && {{ {1}\n}} > .out 2> .err < "
      "/dev/null",
      folder_, command);
  int status = std::system(script.c_str());
  std::string said = read(".err");
  return {
      {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), said}, read(".out"), said};
}

std::string Workspace::read(const std::string& name) const {
  std::ifstream file(path(name), std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void Workspace::write(const std::string& name, const std::string& text) const {
  std::ofstream(path(name), std::ios::binary) << text;
}

}  // namespace t5::test

// The end of what was said: the error stands there.
doctest::String doctest::StringMaker<t5::test::Status>::convert(const t5::test::Status& status) {
  constexpr size_t kShown = 600;
  size_t from = status.said.size() - std::min(status.said.size(), kShown);
  return fmt::format("{} with \"{}\"", status.value, status.said.substr(from)).c_str();
}
