// Pre-tokenisers of tokenizer.json; see text_steps.h.
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "t5/text/normalizer.h"
#include "t5/text/steps/text_steps.h"
#include "t5/text/unicode/unicode.h"
#include "tensor/error.h"

namespace t5 {
namespace {

// What becomes of the delimiters at which a text is split.
enum class Behavior { kRemoved, kIsolated, kMergedWithPrevious, kMergedWithNext, kContiguous };

Behavior read_behavior(const JsonObject& json, const std::string& fallback) {
  const std::pair<const char*, Behavior> behaviors[] = {
      {"Removed", Behavior::kRemoved},
      {"Isolated", Behavior::kIsolated},
      {"MergedWithPrevious", Behavior::kMergedWithPrevious},
      {"MergedWithNext", Behavior::kMergedWithNext},
      {"Contiguous", Behavior::kContiguous}};
  std::string text = json.string("behavior", fallback);
  for (auto [name, behavior] : behaviors)
    if (text == name) return behavior;
  refuse_step(json, "the behavior '" + text + "'");
}

// The length of the delimiter that a text, which is not empty, begins with; 0 when there is none.
using Delimiter = std::function<size_t(std::string_view)>;

Delimiter one_of(bool (*is_delimiter)(char32_t)) {
  return [=](std::string_view text) {
    Character first = first_character(text);
    return is_delimiter(first.code) ? first.length : 0;
  };
}

struct Span {
  size_t begin, end;
  bool is_delimiter;
};

// The text as delimiters and what lies between them.
std::vector<Span> spans_of(std::string_view text, const Delimiter& delimiter) {
  std::vector<Span> spans;
  for (size_t at = 0; at < text.size();) {
    size_t length = delimiter(text.substr(at));
    if (length > 0) {
      spans.push_back({at, at + length, true});
      at += length;
      continue;
    }
    if (spans.empty() || spans.back().is_delimiter) spans.push_back({at, at, false});
    at += first_character(text.substr(at)).length;
    spans.back().end = at;
  }
  return spans;
}

// Spans that stay together become one.
std::vector<Span> merged(const std::vector<Span>& spans, Behavior behavior) {
  std::vector<Span> out;
  bool was_delimiter = false;  // the span before
  for (const Span& span : spans) {
    bool joins = false;  // the span before
    if (behavior == Behavior::kMergedWithPrevious) joins = span.is_delimiter && !was_delimiter;
    if (behavior == Behavior::kMergedWithNext) joins = was_delimiter && !span.is_delimiter;
    if (behavior == Behavior::kContiguous) joins = span.is_delimiter == was_delimiter;
    was_delimiter = span.is_delimiter;
    if (joins && !out.empty())
      out.back().end = span.end;
    else
      out.push_back(span);
  }
  return out;
}

Fragments split(const Fragment& fragment, const Delimiter& delimiter, Behavior behavior) {
  Fragments out;
  bool removed = false;  // something that stood before the next span
  for (const Span& span : merged(spans_of(fragment.text, delimiter), behavior)) {
    if (span.is_delimiter && behavior == Behavior::kRemoved) {
      removed = true;
      continue;
    }
    out.push_back({fragment.text.substr(span.begin, span.end - span.begin),
                   fragment.is_first && span.begin == 0,
                   span.begin == 0 ? fragment.is_spaced : removed});
    removed = false;
  }
  return out;
}

Splitting splitter(const Delimiter& delimiter, Behavior behavior) {
  return [=](const Fragment& fragment) { return split(fragment, delimiter, behavior); };
}

Splitting sequence(const std::vector<Splitting>& steps) {
  return [=](const Fragment& fragment) {
    Fragments fragments{fragment};
    for (const Splitting& step : steps) {
      Fragments next;
      for (const Fragment& part : fragments)
        for (Fragment& smaller : step(part)) next.push_back(std::move(smaller));
      fragments = std::move(next);
    }
    return fragments;
  };
}

// Spaces become marks, one is put before the text where `prepends` says so, and each begins a word.
struct Metaspace {
  std::string mark;
  bool (*prepends)(const Fragment&);
  bool splits = true;

  Fragments operator()(const Fragment& fragment) const {
    Fragment marked = fragment;
    for (size_t at = 0; (at = marked.text.find(' ', at)) != std::string::npos; at += mark.size())
      marked.text.replace(at, 1, mark);
    if (!marked.text.empty() && !marked.text.starts_with(mark) && prepends(fragment))
      marked.text.insert(0, mark);
    if (!splits) return marked.text.empty() ? Fragments{} : Fragments{marked};
    Delimiter delimiter = [&](std::string_view text) {
      return text.starts_with(mark) ? mark.size() : 0;
    };
    return split(marked, delimiter, Behavior::kMergedWithNext);
  }
};

bool always(const Fragment&) { return true; }
bool never(const Fragment&) { return false; }
bool if_first(const Fragment& fragment) { return fragment.is_first; }
bool if_spaced(const Fragment& fragment) { return fragment.is_spaced; }

// prepend_scheme since 2023, add_prefix_space before.
Splitting read_metaspace(const JsonObject& json) {
  bool prefix = json.boolean("add_prefix_space", true);
  std::string scheme = json.string("prepend_scheme", prefix ? "always" : "never");
  std::string mark = json.string("replacement");
  check(!mark.empty() && first_character(mark).length == mark.size(),
        "{}: replacement: expected one character, found '{}'", json.name(), mark);
  bool splits = json.boolean("split", true);
  if (scheme == "always") return Metaspace{mark, always, splits};
  if (scheme == "first") return Metaspace{mark, if_first, splits};
  if (scheme == "never") return Metaspace{mark, never, splits};
  refuse_step(json, "the prepend_scheme '" + scheme + "'");
}

Splitting read_split(const JsonObject& json) {
  TextPattern pattern(json);
  Behavior behavior = read_behavior(json, "");
  if (json.boolean("invert", false)) refuse_step(json, "invert");
  return splitter([=](std::string_view text) { return pattern.match(text); }, behavior);
}

}  // namespace

Splitting t5_pre_tokenizer(bool legacy) {
  return sequence({splitter(one_of(is_space), Behavior::kRemoved),
                   Metaspace{std::string(kSpaceMark), legacy ? always : if_spaced}});
}

Splitting read_pre_tokenizer(const JsonObject& json) {
  std::string type = json.string("type");
  if (type == "Sequence") {
    std::vector<Splitting> steps;
    for (const JsonObject& step : steps_of(json, "pretokenizers"))
      steps.push_back(read_pre_tokenizer(step));
    return sequence(steps);
  }
  if (type == "WhitespaceSplit") return splitter(one_of(is_space), Behavior::kRemoved);
  if (type == "Metaspace") return read_metaspace(json);
  if (type == "Digits")
    return splitter(one_of(is_numeric), json.boolean("individual_digits", false)
                                            ? Behavior::kIsolated
                                            : Behavior::kContiguous);
  if (type == "Punctuation")
    return splitter(one_of(is_punctuation), read_behavior(json, "Isolated"));
  if (type == "Split") return read_split(json);
  refuse_step(json, "the pre-tokeniser '" + type + "'");
}

}  // namespace t5
