// The exceptions of the library, and the functions that throw them.
//
// check() and fail() are for what input can cause; require() for what only a mistake in the code
// can: a program that checks its input never gets there. Whoever catches Error catches both.
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

// Thrown for everything that input can get wrong: files, data, options, the environment.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Thrown for a mistake in the code that calls: shapes that do not fit, an op on nothing.
class ContractError : public Error {
 public:
  using Error::Error;
};

[[noreturn]] void throw_error(fmt::string_view format, fmt::format_args args);
[[noreturn]] void throw_contract_error(fmt::string_view format, fmt::format_args args);

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

// Throws ContractError with the formatted message unless `condition` holds.
template <class... Args>
void require(bool condition, fmt::format_string<Args...> format, Args&&... args) {
  if (!condition) throw_contract_error(format, fmt::make_format_args(args...));
}

}  // namespace t5
