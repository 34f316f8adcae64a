// The table of steps, and going through them; see cleaning.h.
#include "t5/text/cleaning/cleaning.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <unordered_set>

#include "t5/files/hash.h"
#include "t5/text/cleaning/rules.h"
#include "t5/text/lines.h"
#include "t5/text/unicode/unicode.h"
#include "t5/text/unicode/unicode_forms.h"
#include "tensor/error.h"

namespace t5 {
namespace {

using Step = std::function<bool(Fields&)>;

Step change_each(const std::function<std::string(const std::string&)>& change) {
  return [=](Fields& fields) {
    for (std::string& field : fields) field = change(field);
    return true;
  };
}

Step keep_if_each(const std::function<bool(const std::string&)>& keeps) {
  return [=](Fields& fields) { return std::all_of(fields.begin(), fields.end(), keeps); };
}

Step drop_with(const char* phrase) {
  return keep_if_each(
      [=](const std::string& text) { return lower_case(text).find(phrase) == std::string::npos; });
}

Step without_repeats(const CleaningOptions&) {
  auto seen = std::make_shared<std::unordered_set<uint64_t>>();
  return [=](Fields& fields) {
    uint64_t hash = 0;
    for (const std::string& field : fields) hash = hash_of(field, hash);
    return seen->insert(hash).second;
  };
}

Step without_bad_words(const CleaningOptions& o) {
  check(!o.bad_words.empty(), "clean: the step bad-words needs a file of them, --bad-words");
  auto phrases = std::make_shared<std::vector<std::string>>();
  for (const std::string& line : read_lines(o.bad_words))
    if (is_visible(line)) phrases->push_back(lower_case(one_blank_between_words(line)));
  return keep_if_each([=](const std::string& text) { return !holds_phrase(text, *phrases); });
}

}  // namespace

const std::vector<CleaningStep>& cleaning_steps() {
  using O = const CleaningOptions&;
  static const std::vector<CleaningStep> steps = {
      {"nfc", "é as one character, never as e with a mark",
       [](O) {
         return change_each([](auto& text) { return normal_form(text, NormalForm::kNFC); });
       }},
      {"nfkc", "and ﬁ as fi, full-width letters as letters",
       [](O) {
         return change_each([](auto& text) { return normal_form(text, NormalForm::kNFKC); });
       }},
      {"markup", "tags are removed, &amp; and its like are what they stand for",
       [](O) { return change_each(without_markup); }},
      {"space", "one blank between words, none around; no characters that control",
       [](O) { return change_each(one_blank_between_words); }},
      {"scripts", "--min-script-share of the letters are of --scripts",
       [](O o) {
         return keep_if_each(
             [=](auto& text) { return script_share(text, o.scripts) >= o.min_script_share; });
       }},
      {"length", "--min-characters to --max-characters",
       [](O o) {
         return keep_if_each([=](auto& text) {
           int64_t length = character_count(text);
           return length >= o.min_characters && length <= o.max_characters;
         });
       }},
      {"terminal-punctuation", "ends in . ! ? or a quotation mark, not in an ellipsis (C4)",
       [](O) { return keep_if_each(has_terminal_punctuation); }},
      {"words", "--min-words or more (C4)",
       [](O o) {
         return keep_if_each([=](auto& text) { return std::ssize(words_of(text)) >= o.min_words; });
       }},
      {"sentences", "--min-sentences or more (C4)",
       [](O o) {
         return keep_if_each([=](auto& text) { return sentence_count(text) >= o.min_sentences; });
       }},
      {"javascript", "none that speak of JavaScript (C4)",
       [](O) { return drop_with("javascript"); }},
      {"lorem-ipsum", "none with this filler (C4)", [](O) { return drop_with("lorem ipsum"); }},
      {"curly-bracket", "none with {, which is in programs (C4)", [](O) { return drop_with("{"); }},
      {"bad-words", "none with a word or phrase of the file --bad-words (C4)", without_bad_words},
      {"repeats", "none that came before, told by 64 bits of it", without_repeats},
  };
  return steps;
}

Cleaner::Cleaner(const std::vector<std::string>& steps, const CleaningOptions& options)
    : counts_{{"empty"}} {
  for (const std::string& name : steps) {
    const auto& all = cleaning_steps();
    auto step = std::find_if(all.begin(), all.end(), [&](auto& s) { return s.name == name; });
    std::vector<std::string> names;
    for (const CleaningStep& known : all) names.emplace_back(known.name);
    check(step != all.end(), "clean: '{}' is not one of {}", name, fmt::join(names, ", "));
    steps_.push_back(step->make(options));
    counts_.push_back({name});
  }
}

bool Cleaner::clean(Fields& fields) {
  ++read_;
  if (fields.empty() || !is_visible(fields.back())) {
    ++counts_.front().dropped;
    return false;
  }
  for (size_t i = 0; i < steps_.size(); ++i) {
    Fields before = fields;
    bool keeps = steps_[i](fields) && is_visible(fields.back());
    Count& count = counts_[i + 1];
    count.changed += keeps && fields != before;
    count.dropped += !keeps;
    if (!keeps) return false;
  }
  ++kept_;
  return true;
}

}  // namespace t5
