// The checks around nlohmann-json; see json.h.
#include "t5/files/json.h"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "t5/files/atomic_file.h"
#include "tensor/error.h"

namespace t5 {
namespace {

constexpr int kMaxDepth = 64;

// Watches the parser for what nlohmann-json lets pass: deep nesting and repeated keys.
class Watch {
 public:
  explicit Watch(const std::string& name) : name_(name) {}

  bool operator()(int depth, Json::parse_event_t event, const Json& value) {
    check(depth <= kMaxDepth, "{}: nested deeper than {} levels", name_, kMaxDepth);
    if (event == Json::parse_event_t::object_start) {
      keys_.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      keys_.pop_back();
    } else if (event == Json::parse_event_t::key) {
      const auto& key = value.get_ref<const std::string&>();
      check(keys_.back().insert(key).second, "{}: the key \"{}\" appears twice", name_, key);
    }
    return true;  // keep the value
  }

 private:
  const std::string& name_;
  std::vector<std::set<std::string>> keys_;  // of the objects that are open
};

// "[json.exception.parse_error.101] parse error at line 1, column 2: reason" → "reason"
std::string_view reason_of(std::string_view what) {
  size_t colon = what.find(": ");
  return colon == std::string_view::npos ? what : what.substr(colon + 2);
}

std::string describe(const Json& value) {
  if (value.is_structured()) return value.is_array() ? "an array" : "an object";
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

int64_t checked_integer(const Json& value, int64_t low, int64_t high, const std::string& place) {
  bool fits = value.is_number_integer() &&
              (!value.is_number_unsigned() || value.get<uint64_t>() <= uint64_t{INT64_MAX});
  check(fits && value.get<int64_t>() >= low && value.get<int64_t>() <= high,
        "{}: expected an integer from {} to {}, found {}", place, low, high, describe(value));
  return value.get<int64_t>();
}

}  // namespace

Json parse_json(std::string_view text, const std::string& name) {
  Watch watch(name);
  try {
    return Json::parse(text, std::ref(watch));
  } catch (const Json::parse_error& error) {
    auto before = text.substr(0, std::min(error.byte, text.size()));
    auto line = 1 + std::count(before.begin(), before.end(), '\n');
    std::string place = text.find('\n') == text.npos ? name : fmt::format("{}:{}", name, line);
    fail("{}: not valid JSON: {}", place, reason_of(error.what()));
  } catch (const Json::exception& error) {
    fail("{}: not valid JSON: {}", name, error.what());
  }
}

Json read_json(const std::string& path) {
  return parse_json(read_file(path, size_t{64} << 20), path);
}

std::string json_text(const Json& value) {
  try {
    return value.dump(2) + "\n";
  } catch (const Json::exception& error) {
    fail("json_text: {}", error.what());
  }
}

std::string json_line(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

JsonObject::JsonObject(const Json& value, std::string name)
    : value_(std::make_shared<const Json>(value)), name_(std::move(name)) {
  check(value.is_object(), "{}: expected a JSON object, found {}", name_, describe(value));
}

JsonObject JsonObject::read(const std::string& path) { return {read_json(path), path}; }

bool JsonObject::has(const std::string& key) const {
  auto found = value_->find(key);
  return found != value_->end() && !found->is_null();
}

const Json& JsonObject::at(const std::string& key, const std::string& expected) const {
  auto found = value_->find(key);
  check(found != value_->end(), "{}: {}: expected {}, found nothing", name_, key, expected);
  return *found;
}

int64_t JsonObject::integer(const std::string& key, int64_t low, int64_t high) const {
  std::string expected = fmt::format("an integer from {} to {}", low, high);
  return checked_integer(at(key, expected), low, high, name_ + ": " + key);
}

namespace {

std::vector<int64_t> integers_of(const Json& array, int64_t low, int64_t high,
                                 const std::string& place) {
  check(array.is_array(), "{}: expected an array, found {}", place, describe(array));
  std::vector<int64_t> values;
  for (const Json& value : array) values.push_back(checked_integer(value, low, high, place));
  return values;
}

}  // namespace

std::vector<int64_t> JsonObject::integers(const std::string& key, int64_t low, int64_t high) const {
  return integers_of(at(key, "an array"), low, high, name_ + ": " + key);
}

std::vector<std::vector<int64_t>> JsonObject::integer_lists(const std::string& key, int64_t low,
                                                            int64_t high) const {
  const Json& lists = at(key, "an array of arrays");
  std::string place = name_ + ": " + key;
  check(lists.is_array(), "{}: expected an array of arrays, found {}", place, describe(lists));
  std::vector<std::vector<int64_t>> values;
  for (const Json& list : lists) values.push_back(integers_of(list, low, high, place));
  return values;
}

double JsonObject::number(const std::string& key, double low, double high) const {
  std::string expected = fmt::format("a number from {} to {}", low, high);
  const Json& value = at(key, expected);
  check(value.is_number() && value.get<double>() >= low && value.get<double>() <= high,
        "{}: {}: expected {}, found {}", name_, key, expected, describe(value));
  return value.get<double>();
}

bool JsonObject::boolean(const std::string& key) const {
  const Json& value = at(key, "true or false");
  check(value.is_boolean(), "{}: {}: expected true or false, found {}", name_, key,
        describe(value));
  return value.get<bool>();
}

std::string JsonObject::string(const std::string& key) const {
  const Json& value = at(key, "a string");
  check(value.is_string(), "{}: {}: expected a string, found {}", name_, key, describe(value));
  return value.get<std::string>();
}

JsonObject JsonObject::object(const std::string& key) const {
  return {at(key, "an object"), name_ + ": " + key};
}

int64_t JsonObject::integer(const std::string& key, int64_t low, int64_t high,
                            int64_t fallback) const {
  return has(key) ? integer(key, low, high) : fallback;
}

double JsonObject::number(const std::string& key, double low, double high, double fallback) const {
  return has(key) ? number(key, low, high) : fallback;
}

bool JsonObject::boolean(const std::string& key, bool fallback) const {
  return has(key) ? boolean(key) : fallback;
}

std::string JsonObject::string(const std::string& key, const std::string& fallback) const {
  return has(key) ? string(key) : fallback;
}

}  // namespace t5
