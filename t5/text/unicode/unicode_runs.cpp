#include "t5/text/unicode/unicode_runs.h"

#include <algorithm>
#include <charconv>

namespace t5 {
namespace {

// Removes a number, 0 when there is none, from the front of `text`.
char32_t take_number(std::string_view& text) {
  uint32_t number = 0;
  const char* end = std::from_chars(text.data(), text.data() + text.size(), number, 16).ptr;
  text.remove_prefix(end - text.data());
  return number;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

UnicodeRuns::UnicodeRuns(std::string_view table) {
  char32_t next = 0;
  while (!table.empty()) {
    Run run{table[0], 0, 0, {}};
    table.remove_prefix(1);
    run.first = next + take_number(table);
    run.last = run.first + (take(table, '+') ? take_number(table) : 0);
    if (take(table, ':')) do
        run.target.push_back(take_number(table));
      while (take(table, ','));
    next = run.last + 1;
    runs_.push_back(std::move(run));
  }
}

const UnicodeRuns::Run* UnicodeRuns::find(char32_t code) const {
  auto after = std::upper_bound(runs_.begin(), runs_.end(), code,
                                [](char32_t c, const Run& run) { return c < run.first; });
  if (after == runs_.begin() || code > std::prev(after)->last) return nullptr;
  return &*std::prev(after);
}

}  // namespace t5
