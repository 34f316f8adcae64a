// Lines on standard input, answered in the order in which they come, as soon as they can be.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tensor/error.h"

namespace t5 {

// The answers to some items: of each one or more lines of text, without the last newline.
template <class Item>
using Answer = std::function<std::vector<std::string>(std::span<const Item>)>;

// Prints lines on standard output, now. Where that cannot be written, std::system_error: nobody
// reads the answers to come.
void print_lines(const std::vector<std::string>& lines);

// Prints the answers to all items. When one of them cannot be answered, those before it are; then
// what it threw goes on. They are looked for in halves, each answered together.
template <class Item>
void print_answers(std::span<const Item> items, const Answer<Item>& answer) {
  if (items.empty()) return;
  std::vector<std::string> lines;
  try {
    lines = answer(items);
  } catch (const Error&) {
    if (items.size() == 1) throw;
    print_answers(items.first(items.size() / 2), answer);
    return print_answers(items.subspan(items.size() / 2), answer);
  }
  print_lines(lines);
}

// Answers what `produce` hands to take(item, is_last), `most` items at a time, or as many as there
// are when one is the last for now. What `produce` throws goes on after the answers.
template <class Item, class Produce>
void answer_in_order(int64_t most, const Answer<Item>& answer, const Produce& produce) {
  std::vector<Item> items;
  auto answer_all = [&] {
    std::vector<Item> all = std::exchange(items, {});
    print_answers<Item>(all, answer);
  };
  try {
    produce([&](Item item, bool is_last) {
      items.push_back(std::move(item));
      if (is_last || std::ssize(items) == most) answer_all();
    });
  } catch (const Error&) {
    answer_all();
    throw;
  }
  answer_all();
}

struct Line {
  std::string text, place;  // place: "standard input:3"
  int64_t number;           // in the stream, from 0
};

// Answers standard input: `most` lines at a time, or as many as are there before one would have to
// be waited for; at a terminal each by itself. A line that cannot be read (it is not UTF-8) throws
// after the answers to those before it, as one that cannot be answered.
void answer_lines(int64_t most, const Answer<Line>& answer);

}  // namespace t5
