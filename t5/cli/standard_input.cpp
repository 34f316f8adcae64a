#include "t5/cli/standard_input.h"

#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "t5/text/lines.h"

namespace t5 {

void for_each_chunk(int64_t count, const std::function<void(const std::vector<Line>&)>& answer) {
  if (isatty(0)) count = 1;
  LineReader reader(std::cin, "standard input");
  std::vector<Line> lines;
  auto flush = [&] {
    if (!lines.empty()) answer(lines);
    std::fflush(stdout);
    lines.clear();
  };
  for (std::string line; reader.next(line);) {
    lines.push_back({line, reader.place()});
    if (std::ssize(lines) == count) flush();
  }
  flush();
}

}  // namespace t5
