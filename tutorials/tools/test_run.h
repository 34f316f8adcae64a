// The tests of one chapter, run to the end whatever they do: a test that crashes ends neither the
// run nor the report, one that does not end is ended.
#pragma once

#include "tutorials/tools/report.h"
#include "tutorials/tools/text.h"

namespace course {

struct TestRun {
  TestReport report;
  bool ok = false;
};

enum class RunUntil { kEnd, kFirstFailure };

// `log` keeps what was printed. A crash and a test without an end count as failures whose text says
// what happened; after a test without an end, those that follow are not run. With `narrate`, a test
// that takes long is named on stderr while it runs.
TestRun run_tests(const std::string& program, const std::string& chapter, const fs::path& log,
                  RunUntil until = RunUntil::kEnd, bool narrate = false);

// What an exit status above 128 means: "139: it read or wrote outside of its memory".
std::string meaning_of(int status);

}  // namespace course
