#include "t5/metrics/spans.h"

#include <fmt/format.h>

#include "tensor/error.h"

namespace t5 {

std::vector<Span> tagged_spans(const Words& labels) {
  std::vector<Span> spans;
  char last = 'O';  // the kind of label that the word before has
  for (size_t i = 0; i < labels.size(); ++i) {
    const std::string& label = labels[i];
    auto place = static_cast<int64_t>(i);
    char kind = label.empty() ? '?' : label[0];
    bool is_label = label == "O" || (std::string_view("BIES").find(kind) != std::string::npos &&
                                     (label.size() == 1 || (label.size() > 2 && label[1] == '-')));
    check(is_label,
          "entities: '{}' is no label of a word; expected O, or B-, I-, E- or S- and a type",
          label);
    std::string type = label.size() > 2 ? label.substr(2) : "_";
    bool goes_on =
        (kind == 'I' || kind == 'E') && (last == 'B' || last == 'I') && spans.back().type == type;
    if (goes_on)
      spans.back().end = place + 1;
    else if (kind != 'O')
      spans.push_back({type, place, place + 1});
    last = kind;
  }
  return spans;
}

std::vector<std::string> written_spans(const std::string& text) {
  std::vector<std::string> spans;
  for (size_t at = 0; at <= text.size();) {
    size_t end = std::min(text.find("$$", at), text.size());
    std::string part = text.substr(at, end - at);
    size_t colon = std::min(part.find(':'), part.size());
    Words type = split_words(part.substr(0, colon));
    Words name = split_words(part.substr(std::min(colon + 1, part.size())));
    if (!type.empty() || !name.empty())
      spans.push_back(fmt::format("{}: {}", fmt::join(type, " "), fmt::join(name, " ")));
    at = end + 2;
  }
  return spans;
}

SpanCounts& SpanCounts::operator+=(const SpanCounts& other) {
  hits += other.hits;
  found += other.found;
  wanted += other.wanted;
  return *this;
}

}  // namespace t5
