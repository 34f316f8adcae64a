// What a command prints with --json: values that become JSON text at once.
//
// A thin face of nlohmann-json, whose header takes seconds to compile and is included in
// json_answer.cpp alone.
#pragma once

#include <concepts>
#include <string>
#include <utility>
#include <vector>

namespace t5 {

// A value and its JSON text. Bytes that are not UTF-8 are replaced; infinities and NaN are null.
class JsonText {
 public:
  using Fields = std::vector<std::pair<std::string, JsonText>>;

  template <std::integral T>
  JsonText(T value) : text_(std::to_string(value)) {}
  JsonText(bool value) : text_(value ? "true" : "false") {}
  JsonText(double value);
  JsonText(const std::string& value);
  JsonText(const char* value) : JsonText(std::string(value)) {}
  JsonText(const Fields& fields);  // an object
  template <class T>
  JsonText(const std::vector<T>& items) : text_(array({items.begin(), items.end()})) {}

  const std::string& text() const { return text_; }

 private:
  static std::string array(const std::vector<JsonText>& items);

  std::string text_;
};

// One object on one line of standard output.
void print_json(const JsonText::Fields& fields);

}  // namespace t5
