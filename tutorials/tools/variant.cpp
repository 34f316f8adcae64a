#include "tutorials/tools/variant.h"

#include "tutorials/tools/process.h"
#include "tutorials/tools/test_run.h"

namespace course {

namespace {

constexpr int kBuildSeconds = 1200;

// The folder's sources become exactly these; what did not change keeps its time.
void lay_files(const Files& files, const std::string& sources) {
  for (const auto& [path, text] : files) write_file(sources + "/" + path, text);
  for (const std::string& path : files_below(sources))
    if (!files.contains(path.substr(sources.size() + 1))) fs::remove(path);
}

// Where a build went wrong: the compiler's first error.
std::string first_error(const std::string& output) {
  for (const std::string& line : split_lines(output))
    if (line.find("error") != std::string::npos || line.find("***") != std::string::npos)
      return trim(line);
  return "no message";
}

std::string first_failure(const TestReport& report) {
  return report.failures().empty() ? "no test named" : report.failures()[0]->name;
}

bool says(const TestReport& report, const std::string& message) {
  for (const Test* test : report.failures())
    if (test->text.find(message) != std::string::npos) return true;
  return false;
}

Verdict judge_run(const Variant& variant, const TestRun& run) {
  const TestReport& report = run.report;
  if (report.tests.empty())
    return {false, fmt::format("no test has TEST_SUITE(\"{}\")", variant.chapter), {}};
  std::string red = "red: " + first_failure(report);
  if (variant.expected == Variant::kGreen)
    return {
        run.ok, run.ok ? fmt::format("green, {}", counted(report.tests.size(), "test")) : red, {}};
  if (run.ok) return {false, "the tests pass all the same", {}};
  if (variant.expected == Variant::kRed) return {true, red, {}};
  if (!says(report, variant.message))
    return {false, "red, but not with the message of the blank: " + first_failure(report), {}};
  Verdict verdict{true, red, {}};
  for (const Test* test : report.failures()) verdict.failed.insert(test->name);
  return verdict;
}

}  // namespace

std::string build_variant(const Files& files, const std::string& root, const std::string& chapter) {
  std::string program = root + "/chapter-" + chapter.substr(0, 2);
  lay_files(files, root + "/src");
  Outcome built = run_shell(
      fmt::format("unset MAKEFLAGS MFLAGS MAKELEVEL; make --no-print-directory MINE={} {}", root,
                  program),
      root + "/build.log", kBuildSeconds);
  if (!built.ok()) fail("does not compile: {}", first_error(built.output));
  return program;
}

Verdict judge(const Variant& variant, const std::string& folder, bool keep) try {
  std::string root = "build/prove/" + folder;
  std::string program = build_variant(variant.files, root, variant.chapter);
  RunUntil until = variant.expected == Variant::kRed ? RunUntil::kFirstFailure : RunUntil::kEnd;
  Verdict verdict =
      judge_run(variant, run_tests(program, variant.chapter, root + "/test.log", until));
  if (verdict.as_expected && !keep) fs::remove_all(root);
  return verdict;
} catch (const Problem& problem) {
  return {false, problem.what(), {}};
}

}  // namespace course
