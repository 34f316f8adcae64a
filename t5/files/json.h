// JSON files that were not written by us: parsed with bounded depth and number of values, read with
// checked types.
//
// Every error is one line that names the file and the key or line: `config.json: d_model: expected
// an integer from 1 to 1048576, found -3`. A file that looks inside a Json includes
// <nlohmann/json.hpp>, which is slow to compile.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace t5 {

using Json = nlohmann::json;  // objects keep their keys sorted

// Parses one JSON value, in time that grows with the text's length. `name` stands for the file in
// errors. Throws Error on invalid JSON (with the line, when there are several), invalid UTF-8,
// nesting deeper than 64, more than two million values, and a key given twice in one object.
Json parse_json(std::string_view text, const std::string& name);

// Parses the file at `path`, of at most 64 MiB.
Json read_json(const std::string& path);

// The text of `value`, indented by two spaces, with a newline at the end. Throws Error when a
// string in it is not UTF-8.
std::string json_text(const Json& value);

// The same on one line, without the newline; what is not UTF-8 is replaced.
std::string json_line(const Json& value);

// An object with getters that check. A getter with a fallback returns it when the key is absent or
// null; one without throws Error then. All throw Error when the value has another type or lies
// outside the bounds, which are inclusive.
class JsonObject {
 public:
  JsonObject(Json value, std::string name);  // throws Error unless `value` is an object
  static JsonObject read(const std::string& path);

  bool has(const std::string& key) const;  // present and not null
  int64_t integer(const std::string& key, int64_t low, int64_t high) const;
  int64_t integer(const std::string& key, int64_t low, int64_t high, int64_t fallback) const;
  std::vector<int64_t> integers(const std::string& key, int64_t low, int64_t high) const;  // array
  std::vector<std::vector<int64_t>> integer_lists(const std::string& key, int64_t low,
                                                  int64_t high) const;  // an array of arrays
  double number(const std::string& key, double low, double high) const;
  double number(const std::string& key, double low, double high, double fallback) const;
  bool boolean(const std::string& key) const;
  bool boolean(const std::string& key, bool fallback) const;
  std::string string(const std::string& key) const;
  std::string string(const std::string& key, const std::string& fallback) const;
  JsonObject object(const std::string& key) const;  // its errors name `name: key`

  const Json& value() const { return *value_; }
  const std::string& name() const { return name_; }

 private:
  JsonObject(std::shared_ptr<const Json> value, std::string name);
  const Json& at(const std::string& key, const std::string& expected) const;

  std::shared_ptr<const Json> value_;  // an object in another one keeps the whole of that alive
  std::string name_;
};

}  // namespace t5
