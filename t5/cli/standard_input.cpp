#include "t5/cli/standard_input.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <istream>
#include <streambuf>
#include <system_error>

#include "t5/text/lines.h"

namespace t5 {
namespace {

// Descriptor 0, which can be asked whether the next line would have to be waited for.
class StandardInput : public std::streambuf {
 public:
  // A line longer than the buffer counts as one that is not there yet.
  bool would_wait() {
    while (!has_ended_ && std::memchr(gptr(), '\n', egptr() - gptr()) == nullptr) {
      pollfd input{0, POLLIN, 0};
      if (egptr() - gptr() == sizeof bytes_ || ::poll(&input, 1, 0) <= 0) return true;
      read_more();
    }
    return false;
  }

 protected:
  int_type underflow() override {
    if (!has_ended_) read_more();
    return has_ended_ ? traits_type::eof() : traits_type::to_int_type(*gptr());
  }

 private:
  // Waits for bytes, or the end, behind those that nobody has taken yet.
  void read_more() {
    size_t kept = egptr() - gptr();
    std::memmove(bytes_, gptr(), kept);
    setg(bytes_, bytes_, bytes_ + kept);
    ssize_t size = -1;
    while ((size = ::read(0, bytes_ + kept, sizeof bytes_ - kept)) < 0) {
      pollfd input{0, POLLIN, 0};
      check(errno == EINTR || (errno == EAGAIN && ::poll(&input, 1, -1) >= 0),
            "standard input: cannot read: {}", std::strerror(errno));
    }
    has_ended_ = size == 0;
    setg(bytes_, bytes_, bytes_ + kept + size);
  }

  char bytes_[1 << 16];
  bool has_ended_ = false;  // what was read before may still be there
};

}  // namespace

void print_lines(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) fmt::print("{}\n", line);
  if (std::fflush(stdout) != 0)
    throw std::system_error(errno, std::generic_category(), "standard output");
}

void answer_lines(int64_t most, const Answer<Line>& answer) {
  if (isatty(0)) most = 1;
  StandardInput input;
  std::istream stream(&input);
  LineReader reader(stream, "standard input");
  answer_in_order<Line>(most, answer, [&](const auto& take) {
    for (std::string text; reader.next(text);)
      take({text, reader.place(), reader.number() - 1}, input.would_wait());
  });
}

}  // namespace t5
