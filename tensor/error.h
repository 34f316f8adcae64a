// The one exception type of the library, and the two functions that throw it.
//
// Messages have the form `op: what is wrong, with values`, and name the remedy where one is known.
// They are one line of at most 1,000 bytes: a control character in a value that they quote becomes
// a question mark, and of a longer message the middle is left out.
#pragma once

#include <fmt/core.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace t5 {

// Thrown for everything a caller can get wrong: shapes, files, data, options.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

[[noreturn]] void throw_error(fmt::string_view format, fmt::format_args args);

// Throws Error with the formatted message.
template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw_error(format, fmt::make_format_args(args...));
}

// Throws Error with the formatted message unless `condition` holds.
template <class... Args>
void check(bool condition, fmt::format_string<Args...> format, Args&&... args) {
  if (!condition) fail(format, std::forward<Args>(args)...);
}

}  // namespace t5
