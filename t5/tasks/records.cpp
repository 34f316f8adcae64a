#include "t5/tasks/records.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "t5/files/json.h"
#include "t5/text/examples.h"
#include "t5/text/lines.h"
#include "t5/text/unicode/unicode.h"
#include "tensor/error.h"

namespace t5 {
namespace {

// The fields of one CSV record, which begins with `line` and ends on this line or on a later one.
std::vector<std::string> split_csv(std::string line, LineReader& reader) {
  std::vector<std::string> fields(1);
  const std::string place = reader.place();
  bool quoted = false;
  for (size_t i = 0;; ++i) {
    if (i == line.size()) {
      if (!quoted) return fields;
      std::string next;
      check(reader.next(next), "{}: a quotation mark opens and is never closed", place);
      line += "\n" + next;
    }
    char c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"')
      fields.back() += line[++i];
    else if (c == '"' && (quoted || fields.back().empty()))
      quoted = !quoted;
    else if (c == ',' && !quoted)
      fields.emplace_back();
    else
      fields.back() += c;
  }
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : json_line(value);
}

// Every value that is neither an object nor a list, by its path.
void flatten(const Json& value, const std::string& path, Record& record) {
  auto inner = [&](const std::string& key) { return path.empty() ? key : path + "." + key; };
  if (value.is_object())
    for (const auto& [key, child] : value.items()) flatten(child, inner(key), record);
  else if (value.is_array())
    for (size_t i = 0; i < value.size(); ++i) flatten(value[i], inner(std::to_string(i)), record);
  else if (!value.is_null())
    record.fields.emplace_back(path, text_of(value));
}

Record named(const std::vector<std::string>& names, std::vector<std::string> fields,
             const std::string& place) {
  check(fields.size() == names.size(), "{}: expected {} fields ({}), found {}", place, names.size(),
        fmt::join(names, ", "), fields.size());
  Record record{{}, place};
  for (size_t i = 0; i < names.size(); ++i)
    record.fields.emplace_back(names[i], std::move(fields[i]));
  return record;
}

void check_names(const std::vector<std::string>& names, const std::string& place) {
  for (size_t i = 0; i < names.size(); ++i) {
    check(!names[i].empty(), "{}: column {} of the header has no name", place, i + 1);
    check(std::count(names.begin(), names.end(), names[i]) == 1,
          "{}: two columns of the header are called {}", place, names[i]);
  }
}

}  // namespace

const std::string* Record::find(const std::string& name) const {
  for (const auto& [field, text] : fields)
    if (field == name) return &text;
  return nullptr;
}

const std::string& Record::at(const std::string& name) const {
  if (const std::string* text = find(name)) return *text;
  std::vector<std::string> names;
  for (const auto& [field, text] : fields) names.push_back(field);
  fail("{}: there is no field {}; there are {}", place, name, fmt::join(names, ", "));
}

std::vector<std::string> Record::list(const std::string& name) const {
  std::vector<std::string> items;
  while (const std::string* item = find(fmt::format("{}.{}", name, items.size())))
    items.push_back(*item);
  return items;
}

void for_each_record(const std::string& path, const Columns& columns,
                     const std::function<void(const Record&)>& use) {
  LineReader reader(path);
  TextFormat format = format_of(path);
  bool csv = lower_case(std::filesystem::path(path).extension().string()) == ".csv";
  std::vector<std::string> names = columns.names;
  bool header_due = columns.header;
  int64_t count = 0;
  for (std::string line; reader.next(line);) {
    std::string place = reader.place();
    check(!line.empty(), "{}: the line is empty; remove it", place);
    if (format == TextFormat::kJsonLines) {
      Record record{{}, place};
      flatten(JsonObject(parse_json(line, place), place).value(), "", record);
      use(record);
    } else if (!csv && format != TextFormat::kTsv) {
      use({{{"text", line}}, place});
    } else {
      std::vector<std::string> fields = csv ? split_csv(line, reader) : split_tabs(line);
      if (std::exchange(header_due, false)) {
        check_names(fields, place);
        names = std::move(fields);
        continue;
      }
      use(named(names, std::move(fields), place));
    }
    ++count;
  }
  check(count > 0, "{}: there is no example in it", path);
}

}  // namespace t5
