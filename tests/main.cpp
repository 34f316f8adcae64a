// The test program. `build/tests --help` lists doctest's options; --test-suite='04-*' runs one
// chapter.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

namespace {

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
