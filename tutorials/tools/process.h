// Runs other programs: one at a time, with a limit on time and memory, output into a file.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tutorials/tools/text.h"

namespace course {

struct Outcome {
  int status = 0;          // as a shell counts it: 128 + n for signal n
  bool timed_out = false;  // it took too long, and was ended
  std::string output;      // stdout and stderr together

  bool ok() const { return status == 0 && !timed_out; }
};

// `log` receives the output while the program runs. The program and all that it started are ended
// after `seconds`, or as soon as `go_on`, which is asked every second, says no. May be called from
// several threads.
Outcome run(const std::vector<std::string>& arguments, const fs::path& log, int seconds,
            const std::function<bool()>& go_on = {});
Outcome run_shell(const std::string& script, const fs::path& log, int seconds);

}  // namespace course
