#include "t5/cli/json_answer.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "t5/files/json.h"

namespace t5 {

JsonText::JsonText(double value) : text_(json_line(value)) {}

JsonText::JsonText(const std::string& value) : text_(json_line(value)) {}

JsonText::JsonText(const Fields& fields) {
  for (const auto& [name, value] : fields)
    text_ += (text_.empty() ? "{" : ",") + json_line(name) + ":" + value.text();
  text_ += text_.empty() ? "{}" : "}";
}

std::string JsonText::array(const std::vector<JsonText>& items) {
  std::string text;
  for (const JsonText& item : items) text += (text.empty() ? "[" : ",") + item.text();
  return text + (text.empty() ? "[]" : "]");
}

void print_json(const JsonText::Fields& fields) { fmt::print("{}\n", JsonText(fields).text()); }

}  // namespace t5
