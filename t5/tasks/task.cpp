#include "t5/tasks/task.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "t5/files/json.h"
#include "t5/text/unicode/unicode.h"
#include "tensor/error.h"

namespace t5 {
namespace {

std::string trimmed(const std::string& text) {
  size_t begin = text.find_first_not_of(" \t\r\n"), end = text.find_last_not_of(" \t\r\n");
  return begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
}

}  // namespace

std::string number_to_text(double number, double step) {
  // exercise 15-text-to-text/number-to-text — the nearest multiple, with the step's decimals
  int decimals = 0;
  for (double left = step; decimals < 9 && std::abs(left - std::round(left)) > 1e-9; left *= 10)
    ++decimals;
  double steps = 1 / step;  // 0.3 * 5 is 1.5; 0.3 / 0.2 is less
  return fmt::format("{:.{}f}", std::nearbyint(number * steps) / steps, decimals);
  // end exercise
}

std::optional<double> text_to_number(const std::string& text) {
  // exercise 15-text-to-text/text-to-number — to the last character, or not at all
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  bool whole = error == std::errc() && end == text.data() + text.size() && std::isfinite(number);
  return whole ? std::optional(number) : std::nullopt;
  // end exercise
}

AnswerKind Task::answer_kind() const {
  std::string field = targets.only_field();
  if (values.contains(field)) return AnswerKind::kLabel;
  return steps.contains(field) ? AnswerKind::kNumber : AnswerKind::kText;
}

std::vector<std::string> Task::labels() const {
  auto found = values.find(targets.only_field());
  std::set<std::string> labels;
  if (found != values.end())
    for (const auto& [text, label] : found->second) labels.insert(label);
  return {labels.begin(), labels.end()};
}

std::optional<std::string> Task::answer(const std::string& text) const {
  // exercise 15-text-to-text/answer — what the task allows, white space aside, or nothing
  std::string plain = trimmed(text);
  if (answer_kind() == AnswerKind::kNumber && !text_to_number(plain)) return {};
  std::vector<std::string> allowed = labels();
  bool is_known = allowed.empty() || std::count(allowed.begin(), allowed.end(), plain) > 0;
  return is_known ? std::optional(plain) : std::nullopt;
  // end exercise
}

std::string Task::filled(const TextTemplate& text, const Record& record) const {
  return text.fill([&](const std::string& field) -> std::string {
    const std::string& value = record.at(field);
    if (auto known = values.find(field); known != values.end()) {
      auto found = known->second.find(value);
      if (found != known->second.end()) return found->second;
      std::vector<std::string> names;
      for (const auto& [name, label] : known->second) names.push_back(name);
      fail("{}: {} is '{}', and not one of {}", record.place, field, value, fmt::join(names, ", "));
    }
    if (auto step = steps.find(field); step != steps.end()) {
      auto number = text_to_number(value);
      check(number.has_value(), "{}: {} is '{}', and not a number", record.place, field, value);
      return number_to_text(*number, step->second);
    }
    return value;
  });
}

std::vector<TaskExample> Task::examples_of(const Record& record) const {
  std::vector<TaskExample> examples;
  if (preprocessor) {
    examples = preprocessor(record);
  } else {
    std::string target = filled(targets, record);
    examples.push_back({{filled(inputs, record), target}, {target}, ""});
  }
  for (TaskExample& example : examples) {
    example.place = record.place;
    check(is_visible(example.text.target), "{}: the target is empty; every example needs one",
          record.place);
  }
  return examples;
}

std::vector<TaskExample> Task::examples_in(const std::string& file) const {
  std::vector<TaskExample> examples;
  for_each_record(file, columns, [&](const Record& record) {
    for (TaskExample& example : examples_of(record)) examples.push_back(std::move(example));
  });
  check(!examples.empty(), "{}: task {} makes no example of it", file, name);
  return examples;
}

std::vector<TaskExample> Task::examples(const std::string& split) const {
  std::vector<std::string> names;
  for (const auto& [known, file] : splits) names.push_back(known);
  auto found = splits.find(split);
  check(found != splits.end(), "task {}: there is no split {}; there are {}", name, split,
        names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
  return examples_in(found->second);
}

std::string Task::input_of(const std::string& line, const std::string& place) const {
  Record record{{}, place};
  std::vector<std::string> fields = inputs.fields();
  bool one = std::set(fields.begin(), fields.end()).size() == 1;
  if (one && !line.starts_with("{")) {
    record.fields.emplace_back(fields[0], line);
  } else {
    JsonObject object(parse_json(line, place), place);
    for (const auto& [key, value] : object.value().items())
      record.fields.emplace_back(key,
                                 value.is_string() ? value.get<std::string>() : json_line(value));
  }
  return filled(inputs, record);
}

}  // namespace t5
