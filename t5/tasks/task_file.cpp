// Tasks from files.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "t5/files/json.h"
#include "t5/metrics/metric.h"
#include "t5/tasks/task.h"
#include "tensor/error.h"

namespace t5 {
namespace {

constexpr const char* kKeys[] = {"name",    "format", "splits", "header",  "columns",   "inputs",
                                 "targets", "values", "steps",  "metrics", "generation"};

void check_keys(const JsonObject& file) {
  for (const auto& [key, value] : file.value().items()) {
    bool known = std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys);
    check(known, "{}: {}: is not a key of a task; there are {}", file.name(), key,
          fmt::join(kKeys, ", "));
  }
}

std::vector<std::string> texts(const JsonObject& file, const std::string& key) {
  std::vector<std::string> texts;
  const Json& list = file.value().at(key);
  check(list.is_array() && !list.empty(), "{}: {}: expected a list of texts", file.name(), key);
  for (const Json& item : list) {
    check(item.is_string(), "{}: {}: expected a list of texts", file.name(), key);
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

void read_fields(const JsonObject& file, Task& task) {
  if (file.has("inputs"))
    task.inputs = TextTemplate(file.string("inputs"), file.name() + ": inputs");
  if (file.has("targets"))
    task.targets = TextTemplate(file.string("targets"), file.name() + ": targets");
  if (file.has("inputs") || file.has("targets")) task.preprocessor = {};
  if (file.has("header")) task.columns.header = file.boolean("header");
  if (file.has("columns")) task.columns.names = texts(file, "columns");
  if (file.has("values")) {
    JsonObject values = file.object("values");
    for (const auto& [field, map] : values.value().items()) {
      JsonObject of_field = values.object(field);
      for (const auto& [text, label] : map.items())
        task.values[field][text] = of_field.string(text);
    }
  }
  if (file.has("steps")) {
    JsonObject steps = file.object("steps");
    for (const auto& [field, step] : steps.value().items())
      task.steps[field] = steps.number(field, 1e-9, 1e9);
  }
}

}  // namespace

Task read_task(const std::string& path) {
  JsonObject file = JsonObject::read(path);
  check_keys(file);
  Task task;
  if (file.has("format")) task = built_in_task(file.string("format"));
  task.name = file.string("name", std::filesystem::path(path).stem().string());
  auto folder = std::filesystem::path(path).parent_path();
  if (file.has("splits")) {
    JsonObject splits = file.object("splits");
    for (const auto& [split, data] : splits.value().items())
      task.splits[split] = (folder / splits.string(split)).string();
  }
  read_fields(file, task);
  if (file.has("metrics")) task.metrics = texts(file, "metrics");
  for (const std::string& metric : task.metrics) try {
      find_metric(metric);
    } catch (const Error& error) {
      fail("{}: metrics: {}", path, error.what());
    }
  if (file.has("generation")) {
    JsonObject generation = file.object("generation");
    for (const auto& [name, value] : generation.value().items())
      task.generation[name] = value.is_string() ? value.get<std::string>() : json_line(value);
  }
  return task;
}

Task task_named(const std::string& path_or_name) {
  bool is_path = path_or_name.find('/') != std::string::npos || path_or_name.ends_with(".json");
  return is_path || std::filesystem::exists(path_or_name) ? read_task(path_or_name)
                                                          : built_in_task(path_or_name);
}

}  // namespace t5
