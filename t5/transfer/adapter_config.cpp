#include "t5/transfer/adapter_config.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>

#include "tensor/error.h"

namespace t5 {
namespace {

constexpr const char* kAllLinear = "all-linear";
constexpr int64_t kMaxSize = int64_t{1} << 20;

bool ends_with_any(const std::string& module, const std::vector<std::string>& names) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return module == name || module.ends_with("." + name);
  });
}

// Settings of PEFT that change what an adapter computes, and the values with which they do not.
struct Neutral {
  const char* key;
  Json value;
};
const std::vector<Neutral>& neutral_settings() {
  static const std::vector<Neutral> settings = {{"use_dora", false},
                                                {"use_qalora", false},
                                                {"lora_bias", false},
                                                {"fan_in_fan_out", false},
                                                {"bias", "none"},
                                                {"rank_pattern", Json::object()},
                                                {"alpha_pattern", Json::object()}};
  return settings;
}
constexpr const char* kAbsent[] = {"layers_to_transform",
                                   "layers_pattern",
                                   "layer_replication",
                                   "exclude_modules",
                                   "trainable_token_indices",
                                   "target_parameters",
                                   "alora_invocation_tokens",
                                   "kasa_config",
                                   "velora_config",
                                   "monteclora_config",
                                   "arrow_config",
                                   "use_bdlora"};

void check_known(const JsonObject& file) {
  for (const auto& [key, value] : neutral_settings())
    check(!file.has(key) || file.value()[key] == value,
          "{}: {} is {}, which is not known here; only {} is", file.name(), key,
          json_line(file.has(key) ? file.value()[key] : Json()), json_line(value));
  for (const char* key : kAbsent)
    check(!file.has(key) || file.value()[key].empty(), "{}: {} is not known here", file.name(),
          key);
}

std::vector<std::string> strings(const JsonObject& file, const std::string& key) {
  std::vector<std::string> found;
  if (!file.has(key)) return found;
  const Json& value = file.value()[key];
  check(value.is_array(), "{}: {}: expected a list of names", file.name(), key);
  for (const Json& item : value) {
    check(item.is_string(), "{}: {}: expected a list of names", file.name(), key);
    found.push_back(item.get<std::string>());
  }
  return found;
}

}  // namespace

bool AdapterConfig::adapts(const std::string& module) const {
  if (has_prompt()) return false;
  // exercise 19-transfer/targets — the layers that an adapter stands beside
  if (targets_are_pattern) return std::regex_match(module, std::regex(target_modules.front()));
  if (target_modules == std::vector<std::string>{kAllLinear}) return module != "lm_head";
  return ends_with_any(module, target_modules);
  // end exercise
}

bool AdapterConfig::is_feedforward(const std::string& module) const {
  return ends_with_any(module, feedforward_modules);
}

bool AdapterConfig::saves(const std::string& parameter) const {
  return ends_with_any(parameter.substr(0, parameter.rfind('.')), modules_to_save);
}

double AdapterConfig::lora_scale() const {
  auto rank = static_cast<double>(r);
  return lora_alpha / (use_rslora ? std::sqrt(rank) : rank);
}

const std::vector<std::string>& adapter_types() {
  static const std::vector<std::string> types = {"LORA", "IA3", "PROMPT_TUNING", "BOTTLENECK"};
  return types;
}

AdapterConfig completed(AdapterConfig c) {
  check(std::count(adapter_types().begin(), adapter_types().end(), c.type) == 1,
        "adapter: the type {} is not known here; known are {}", c.type,
        fmt::join(adapter_types(), ", "));
  check(c.r >= 1 && c.r <= kMaxSize, "adapter: a rank of {}; it is from 1 to {}", c.r, kMaxSize);
  check(c.bottleneck_size >= 1 && c.bottleneck_size <= kMaxSize,
        "adapter: a bottleneck of {}; it is from 1 to {}", c.bottleneck_size, kMaxSize);
  check(c.num_virtual_tokens >= 1 && c.num_virtual_tokens <= kMaxSize,
        "adapter: {} virtual tokens; there are from 1 to {}", c.num_virtual_tokens, kMaxSize);
  check(c.lora_dropout >= 0 && c.lora_dropout < 1,
        "adapter: a dropout of {}; it is from 0 to below 1", c.lora_dropout);
  if (c.target_modules.empty()) {
    if (c.type == "LORA") c.target_modules = {"q", "v"};
    if (c.type == "IA3") c.target_modules = {"k", "v", "wo"};
    if (c.type == "BOTTLENECK") c.target_modules = {"o", "wo"};
  }
  if (c.type == "IA3" && c.feedforward_modules.empty()) c.feedforward_modules = {"wo"};
  if (!c.targets_are_pattern) return c;
  try {
    std::regex pattern(c.target_modules.front());
  } catch (const std::regex_error&) {
    fail("adapter: target_modules: '{}' is not a regular expression", c.target_modules.front());
  }
  return c;
}

AdapterConfig read_adapter_config(const std::string& directory) {
  std::string path = directory + "/adapter_config.json";
  check(std::filesystem::exists(path), "{}: holds no adapter_config.json; it is no adapter",
        directory);
  JsonObject file = JsonObject::read(path);
  AdapterConfig c;
  c.type = file.string("peft_type");
  check(std::count(adapter_types().begin(), adapter_types().end(), c.type) == 1,
        "{}: peft_type: {} is not known here; known are {}", path, c.type,
        fmt::join(adapter_types(), ", "));
  check_known(file);
  c.base = file.string("base_model_name_or_path", "");
  c.targets_are_pattern = file.has("target_modules") && file.value()["target_modules"].is_string();
  if (c.targets_are_pattern) {
    c.target_modules = {file.string("target_modules")};
    c.targets_are_pattern = c.target_modules.front() != kAllLinear;
  } else {
    c.target_modules = strings(file, "target_modules");
  }
  c.feedforward_modules = strings(file, "feedforward_modules");
  c.modules_to_save = strings(file, "modules_to_save");
  c.r = file.integer("r", 1, kMaxSize, c.r);
  c.lora_alpha = file.number("lora_alpha", 0, 1e9, c.lora_alpha);
  c.lora_dropout = file.number("lora_dropout", 0, 1, c.lora_dropout);
  c.use_rslora = file.boolean("use_rslora", false);
  c.num_virtual_tokens = file.integer("num_virtual_tokens", 1, kMaxSize, c.num_virtual_tokens);
  c.bottleneck_size = file.integer("bottleneck_size", 1, kMaxSize, c.bottleneck_size);
  return completed(c);
}

std::string adapter_config_text(const AdapterConfig& c) {
  Json json = {{"peft_type", c.type},
               {"task_type", "SEQ_2_SEQ_LM"},
               {"base_model_name_or_path", c.base},
               {"inference_mode", true}};
  if (c.has_prompt()) {
    json["num_virtual_tokens"] = c.num_virtual_tokens;
    json["num_transformer_submodules"] = 1;  // the decoder has none
    return json_text(json);
  }
  json["modules_to_save"] = c.modules_to_save.empty() ? Json() : Json(c.modules_to_save);
  json["target_modules"] =
      c.targets_are_pattern ? Json(c.target_modules.front()) : Json(c.target_modules);
  if (c.type == "IA3") json["feedforward_modules"] = c.feedforward_modules;
  if (c.type == "BOTTLENECK") json["bottleneck_size"] = c.bottleneck_size;
  if (c.type == "LORA") {
    json["r"] = c.r;
    json["lora_alpha"] = c.lora_alpha;
    json["lora_dropout"] = c.lora_dropout;
    json["use_rslora"] = c.use_rslora;
    json["bias"] = "none";
  }
  return json_text(json);
}

}  // namespace t5
