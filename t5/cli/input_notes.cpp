#include "t5/cli/input_notes.h"

#include <fmt/format.h>

#include <atomic>
#include <cstdio>

#include "t5/text/unknown_share.h"

namespace t5 {
namespace {

constexpr double kMuchUnknown = 0.5;
constexpr size_t kManyTokens = 10'000;
constexpr size_t kShown = 60;  // bytes of a text in a note

// The beginning of a text, up to a whole character.
std::string shown(std::string_view text) {
  if (text.size() <= kShown) return std::string(text);
  size_t end = kShown;
  while (end > 0 && (text[end] & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

class InputNotes {
 public:
  InputNotes(const Tokenizer& tokenizer, bool documents)
      : tokenizer_(tokenizer), long_told_(documents) {}

  void read(std::string_view text, std::span<const int32_t> ids) {
    if (ids.size() >= kManyTokens && !long_told_.exchange(true))
      fmt::print(stderr,
                 "t5: note: '{}' has {} tokens; attention takes time with the square of that\n",
                 shown(text), ids.size());
    if (unknown_told_) return;
    double share = unknown_share(tokenizer_, text, ids);
    if (share < kMuchUnknown || unknown_told_.exchange(true)) return;
    fmt::print(
        stderr,
        "t5: note: {:.0f} % of '{}' is unknown to this vocabulary and read as {}; ByT5 reads "
        "every text, mT5 101 languages, and t5 tokenizer train makes a vocabulary of yours\n",
        100 * share, shown(text), tokenizer_.piece(tokenizer_.unk_id()));
  }

 private:
  const Tokenizer& tokenizer_;
  std::atomic<bool> unknown_told_ = false, long_told_;
};

}  // namespace

TextModel load_noted_model(const std::string& directory, const LoadOptions& options,
                           const Common& common, bool ids, bool documents) {
  TextModel loaded = load_text_model(directory, options, ids);
  if (common.quiet || !loaded.tokenizer) return loaded;
  auto notes = std::make_shared<InputNotes>(*loaded.tokenizer, documents);
  loaded.tokenizer->watch(
      [notes](std::string_view text, std::span<const int32_t> ids) { notes->read(text, ids); });
  return loaded;
}

}  // namespace t5
