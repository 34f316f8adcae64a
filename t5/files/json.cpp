// The checks around nlohmann-json; see json.h.
#include "t5/files/json.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "t5/files/atomic_file.h"
#include "tensor/error.h"

namespace t5 {
namespace {

constexpr size_t kMaxDepth = 64;
constexpr int64_t kMaxValues = 1 << 21;  // the tokenizer.json of mT5 has some 750,000

// "[json.exception.parse_error.101] parse error at line 1, column 2: reason" → "reason"
std::string_view reason_of(std::string_view what) {
  size_t colon = what.find(": ");
  return colon == std::string_view::npos ? what : what.substr(colon + 2);
}

// Puts the value together as the parser goes, and refuses what nlohmann-json lets pass: deep
// nesting, values without number, repeated keys. (The library would call a function of ours for
// each value instead, but then it looks through an object again after every object in it.)
class Builder : public nlohmann::json_sax<Json> {
 public:
  Builder(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  Json take() { return std::move(root_); }

  bool null() override { return add(nullptr) != nullptr; }
  bool boolean(bool value) override { return add(value) != nullptr; }
  bool number_integer(int64_t value) override { return add(value) != nullptr; }
  bool number_unsigned(uint64_t value) override { return add(value) != nullptr; }
  bool number_float(double value, const std::string&) override { return add(value) != nullptr; }
  bool string(std::string& value) override { return add(std::move(value)) != nullptr; }
  bool binary(Json::binary_t&) override { return false; }  // never in text
  bool start_object(size_t) override { return open(Json::object()); }
  bool start_array(size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(std::string& key) override {
    auto& members = open_.back()->get_ref<Json::object_t&>();
    auto [member, is_new] = members.try_emplace(key);
    check(is_new, "{}: the key \"{}\" appears twice", name_, key);
    member_ = &member->second;
    return true;
  }

  bool parse_error(size_t position, const std::string&, const Json::exception& error) override {
    std::string_view before = text_.substr(0, position);
    auto line = 1 + std::count(before.begin(), before.end(), '\n');
    bool is_one_line = text_.find('\n') == text_.npos;
    fail("{}: not valid JSON: {}", is_one_line ? name_ : fmt::format("{}:{}", name_, line),
         reason_of(error.what()));
  }

 private:
  // The place of a value that was read, in the array or object that is open.
  Json* add(Json value) {
    check(++count_ <= kMaxValues, "{}: more than {} values; is it the right file?", name_,
          kMaxValues);
    if (open_.empty()) return &(root_ = std::move(value));
    if (open_.back()->is_object()) return &(*member_ = std::move(value));
    open_.back()->push_back(std::move(value));
    return &open_.back()->back();
  }

  bool open(Json value) {
    open_.push_back(add(std::move(value)));
    check(open_.size() <= kMaxDepth, "{}: nested deeper than {} levels", name_, kMaxDepth);
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  std::string_view text_;
  const std::string& name_;
  Json root_;
  std::vector<Json*> open_;  // from the root down
  Json* member_ = nullptr;   // of the innermost object: the one whose key was read last
  int64_t count_ = 0;
};

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
  Builder builder(text, name);
  Json::sax_parse(text, &builder);
  return builder.take();
}

Json read_json(const std::string& path) {
  std::string text = read_file(path);
  check(!text.empty(), "{}: the file is empty; copy or download it again", path);
  return parse_json(text, path);
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

JsonObject::JsonObject(std::shared_ptr<const Json> value, std::string name)
    : value_(std::move(value)), name_(std::move(name)) {
  check(value_->is_object(), "{}: expected a JSON object, found {}", name_, describe(*value_));
}

JsonObject::JsonObject(Json value, std::string name)
    : JsonObject(std::make_shared<const Json>(std::move(value)), std::move(name)) {}

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
  return {std::shared_ptr<const Json>(value_, &at(key, "an object")), name_ + ": " + key};
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
