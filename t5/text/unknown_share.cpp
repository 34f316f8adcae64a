#include "t5/text/unknown_share.h"

#include <algorithm>
#include <string>
#include <vector>

#include "t5/text/unicode/unicode.h"

namespace t5 {
namespace {

double visible_count(std::string_view text) {
  int64_t count = 0;
  while (!text.empty()) {
    std::string_view first = text.substr(0, first_character(text).length);
    count += is_visible(first);
    text.remove_prefix(first.size());
  }
  return static_cast<double>(count);
}

}  // namespace

double unknown_share(const Tokenizer& tokenizer, std::string_view text,
                     std::span<const int32_t> ids) {
  std::vector<int32_t> known;
  for (int32_t id : ids)
    if (id != tokenizer.unk_id() && id != tokenizer.eos_id()) known.push_back(id);
  bool has_unknown = std::find(ids.begin(), ids.end(), tokenizer.unk_id()) != ids.end();
  double all = has_unknown ? visible_count(text) : 0;
  if (all == 0) return 0;
  return std::max(0.0, 1 - visible_count(tokenizer.decode(known, {.skip_special = false})) / all);
}

}  // namespace t5
