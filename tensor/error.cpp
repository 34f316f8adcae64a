#include "tensor/error.h"

#include <algorithm>

namespace t5 {
namespace {

constexpr size_t kMaxMessage = 1000;  // bytes

// The beginning and the end of a message that quotes too much, cut between two characters.
std::string shortened(const std::string& message) {
  auto is_inside = [&](size_t at) { return (message[at] & 0xc0) == 0x80; };  // of a character
  size_t head = kMaxMessage * 3 / 4, tail = message.size() - kMaxMessage / 5;
  while (is_inside(head)) --head;
  while (is_inside(tail)) ++tail;
  return message.substr(0, head) + " … " + message.substr(tail);
}

std::string one_line(fmt::string_view format, fmt::format_args args) {
  std::string message = fmt::vformat(format, args);
  // Names that stand in damaged files must not break the line or control the terminal.
  std::replace_if(
      message.begin(), message.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }, '?');
  return message.size() <= kMaxMessage ? message : shortened(message);
}

}  // namespace

void throw_error(fmt::string_view format, fmt::format_args args) {
  throw Error(one_line(format, args));
}

void throw_contract_error(fmt::string_view format, fmt::format_args args) {
  throw ContractError(one_line(format, args));
}

}  // namespace t5
