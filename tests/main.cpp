// The test program. `build/tests --help` lists doctest's options; --test-suite='04-*' runs one
// chapter.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "tests/program_folder.h"

namespace {

std::filesystem::path folder;

// What build/course reads: a test is named when it begins, so that one that crashes or never ends
// has a name too.
struct Narrator : doctest::ConsoleReporter {
  using ConsoleReporter::ConsoleReporter;
  void test_case_start(const doctest::TestCaseData& test) override {
    ConsoleReporter::test_case_start(test);
    s << "[test] " << test.m_name << std::endl;
  }
};

}  // namespace

REGISTER_REPORTER("course", 0, Narrator);

const std::filesystem::path& t5::testing::program_folder() { return folder; }

int main(int argc, char** argv) {
  folder = std::filesystem::absolute(argv[0]).parent_path();
  return doctest::Context(argc, argv).run();
}
