// Texts with fields: "mrpc sentence1: {sentence1} sentence2: {sentence2}".
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace t5 {

// A name stands in braces; "{{" and "}}" are braces.
class TextTemplate {
 public:
  // Throws Error, which begins with `place`, for a brace without its other.
  explicit TextTemplate(const std::string& text, const std::string& place = "template");

  // With each field replaced by what `value` gives for its name.
  std::string fill(const std::function<std::string(const std::string& name)>& value) const;

  const std::string& text() const { return text_; }
  std::vector<std::string> fields() const;  // in their order
  // The name of the field that is the whole text; "" when there is more, or less.
  std::string only_field() const;

 private:
  struct Part {
    std::string text;
    bool is_field;
  };

  std::string text_;
  std::vector<Part> parts_;
};

}  // namespace t5
