#include "t5/cli/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <new>
#include <system_error>

#include "t5/report/message.h"
#include "tensor/error.h"

namespace t5 {
namespace {

// `make` builds for the processor at hand. On an older one the first instruction that it lacks ends
// the program, perhaps before main, in the initialisation of a static: so this constructor comes
// before all others. Neither may itself use what is newer than the oldest processor: no loops, no
// structs, only calls.
void tell_of_processor(int) {
  static const char line[] =
      "t5: this processor lacks an instruction that the program was built with; "
      "build it here: make\n";
  [[maybe_unused]] ssize_t written = ::write(2, line, sizeof line - 1);
  ::_exit(1);
}
__attribute__((constructor(101))) void expect_older_processors() {
  std::signal(SIGILL, tell_of_processor);
}

// Opens the wrong way round what is closed, so that who uses it hears so: reading from such a
// standard input and writing to such an output fail as before.
void occupy_descriptors() {
  for (int descriptor : {0, 1, 2}) {
    bool is_closed = ::fcntl(descriptor, F_GETFD) == -1;
    // The number that open() takes is the lowest that is free: this one.
    if (is_closed && ::open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY) < 0) return;
  }
}

int output_failed(const char* name, int reason) {
  if (reason == EPIPE) {
    std::signal(SIGPIPE, SIG_DFL);
    std::raise(SIGPIPE);
  }
  message("{}: standard output: cannot be written: {}", name, std::strerror(reason));
  return 1;
}

}  // namespace

int run_program(const char* name, const std::function<int()>& body) {
  occupy_descriptors();
  std::signal(SIGPIPE, SIG_IGN);
  int status = 1, reason = EIO;
  try {
    status = body();
  } catch (const std::bad_alloc&) {
    message("{}: out of memory; try a smaller --batch-size or model", name);
  } catch (const ContractError& error) {
    message("{}: a mistake of this program's, not of its input: {}", name, error.what());
  } catch (const std::system_error& error) {
    reason = error.code().value();  // of a print, if standard output is the one that failed
    if (!std::ferror(stdout)) message("{}: {}", name, error.what());
  } catch (const std::exception& error) {
    if (!std::ferror(stdout)) message("{}: {}", name, error.what());
  }
  if (std::fflush(stdout) != 0) reason = errno;
  return std::ferror(stdout) ? output_failed(name, reason) : status;
}

}  // namespace t5
