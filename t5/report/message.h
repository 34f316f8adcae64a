// A line on standard error, of a program that goes on.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

namespace t5 {

// Never throws for want of a reader: where standard error is full or closed, the line is lost, and
// the work that it told of is not.
template <class... Args>
void message(fmt::format_string<Args...> format, Args&&... args) {
  std::string line = fmt::format(format, std::forward<Args>(args)...) + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace t5
