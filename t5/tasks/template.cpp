#include "t5/tasks/template.h"

#include "tensor/error.h"

namespace t5 {

TextTemplate::TextTemplate(const std::string& text, const std::string& place) : text_(text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    bool doubled = i + 1 < text.size() && text[i + 1] == text[i];
    if ((text[i] == '{' || text[i] == '}') && doubled) {
      plain += text[i++];
    } else if (text[i] == '{') {
      size_t end = text.find('}', i);
      check(end != std::string::npos,
            "{}: '{}' opens a brace that nothing closes; write {{{{ for one", place, text);
      if (!plain.empty()) parts_.push_back({plain, false});
      plain.clear();
      parts_.push_back({text.substr(i + 1, end - i - 1), true});
      i = end;
    } else {
      check(text[i] != '}', "{}: '{}' closes a brace that nothing opens; write }}}} for one", place,
            text);
      plain += text[i];
    }
  }
  if (!plain.empty()) parts_.push_back({plain, false});
}

std::string TextTemplate::fill(
    const std::function<std::string(const std::string& name)>& value) const {
  std::string filled;
  for (const Part& part : parts_) filled += part.is_field ? value(part.text) : part.text;
  return filled;
}

std::vector<std::string> TextTemplate::fields() const {
  std::vector<std::string> names;
  for (const Part& part : parts_)
    if (part.is_field) names.push_back(part.text);
  return names;
}

std::string TextTemplate::only_field() const {
  return parts_.size() == 1 && parts_[0].is_field ? parts_[0].text : "";
}

}  // namespace t5
