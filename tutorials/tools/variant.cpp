#include "tutorials/tools/variant.h"

#include "tutorials/tools/report.h"

namespace course {

namespace {

constexpr int kBuildSeconds = 1200, kTestSeconds = 600;

// The folder's sources become exactly these; what did not change keeps its time.
void lay_files(const std::map<std::string, std::string>& files, const std::string& sources) {
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
  return report.failures.empty() ? "no test named" : report.failures[0].name;
}

Verdict judge_run(const Variant& variant, const Outcome& outcome) {
  TestReport report = read_report(outcome.output);
  if (outcome.timed_out) return {false, "the tests do not end"};
  if (outcome.ok() && report.tests == 0)
    return {false, fmt::format("no test has TEST_SUITE(\"{}\")", variant.chapter)};
  if (variant.expected == Variant::kGreen)
    return outcome.ok() ? Verdict{true, fmt::format("green, {}", counted(report.tests, "test"))}
                        : Verdict{false, "red: " + first_failure(report)};
  if (outcome.ok()) return {false, "the tests pass all the same"};
  if (variant.expected == Variant::kStub &&
      outcome.output.find(variant.message) == std::string::npos)
    return {false, "red, but not with the message of the blank: " + first_failure(report)};
  return {true, fmt::format("red{}: {}", report.crashed ? ", a crash" : "", first_failure(report))};
}

}  // namespace

Verdict judge(const Variant& variant, const std::string& folder, bool keep) {
  std::string root = "build/prove/" + folder, number = variant.chapter.substr(0, 2);
  std::string program = root + "/chapter-" + number;
  lay_files(variant.files, root + "/src");
  Outcome built = run_shell(
      fmt::format("unset MAKEFLAGS MFLAGS MAKELEVEL; make --no-print-directory MINE={} {}", root,
                  program),
      root + "/build.log", kBuildSeconds);
  if (!built.ok()) return {false, "does not compile: " + first_error(built.output)};
  std::vector<std::string> command{program, "--no-colors", "--test-suite=" + variant.chapter};
  if (variant.expected == Variant::kRed) command.push_back("--abort-after=1");
  Verdict verdict = judge_run(variant, run(command, root + "/test.log", kTestSeconds));
  if (verdict.as_expected && !keep) fs::remove_all(root);
  return verdict;
}

}  // namespace course
