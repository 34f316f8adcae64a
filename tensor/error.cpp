#include "tensor/error.h"

#include <algorithm>

namespace t5 {

void throw_error(fmt::string_view format, fmt::format_args args) {
  std::string message = fmt::vformat(format, args);
  // Names that stand in damaged files must not break the line or control the terminal.
  std::replace_if(
      message.begin(), message.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }, '?');
  throw Error(message);
}

}  // namespace t5
