#include "t5/model/config.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "t5/files/json.h"
#include "tensor/error.h"

namespace t5 {
namespace {

// Far above any model, far below what would overflow a product of two.
constexpr int64_t kMaxWidth = 1 << 20, kMaxLayers = 1024, kMaxVocabulary = 1 << 24;

std::string activation_text(const Config& config) {
  std::string name = config.activation == Activation::kRelu   ? "relu"
                     : config.activation == Activation::kSilu ? "silu"
                     : config.gated                           ? "gelu"
                                                              : "gelu_new";
  return (config.gated ? "gated-" : "") + name;
}

// "relu", "gated-gelu", "gelu_new", "silu", "gated-silu" …. T5's gated-gelu means gelu_new.
void read_activation(const JsonObject& json, Config& config) {
  std::string text = json.string("feed_forward_proj", activation_text(config));
  std::string name = text;
  config.gated = name.starts_with("gated-");
  if (config.gated) name = name.substr(6);
  if (name == "relu")
    config.activation = Activation::kRelu;
  else if (name == "gelu_new" || (name == "gelu" && config.gated))
    config.activation = Activation::kGelu;
  else if (name == "silu" || name == "swish")
    config.activation = Activation::kSilu;
  else
    fail(
        "{}: feed_forward_proj: '{}' is not one of relu, gelu_new, silu, gated-relu, gated-gelu, "
        "gated-silu",
        json.name(), text);
}

// Whether the decoder's output is scaled before the head. Files of every age: transformers 5 writes
// the key; before it, a tied head was scaled and an untied one was not. mT5 and UMT5 never are.
bool read_output_scaling(const JsonObject& json, const Config& config) {
  if (config.model_type != "t5") return false;
  return json.boolean("scale_decoder_outputs", config.tie_word_embeddings);
}

// The ids of a key: one, several, or none. A negative one, as transformers takes it, is no token.
std::vector<int64_t> read_ids(const JsonObject& json, const Config& config, const char* key) {
  if (!json.has(key)) return {};
  if (json.value().at(key).is_array()) return json.integers(key, -1, config.vocab_size - 1);
  return {json.integer(key, -1, config.vocab_size - 1)};
}

// The first end that is a token: generation knows what to do with all.
Id read_eos(const JsonObject& json, const Config& config) {
  auto ids = read_ids(json, config, "eos_token_id");
  if (ids.empty()) return 1;
  auto token = std::find_if(ids.begin(), ids.end(), [](int64_t id) { return id >= 0; });
  return token == ids.end() ? -1 : static_cast<Id>(*token);
}

Id read_pad(const JsonObject& json, const Config& config) {
  auto ids = read_ids(json, config, "pad_token_id");
  return ids.empty() || ids[0] < 0 ? 0 : static_cast<Id>(ids[0]);
}

// transformers trains with what config.json says, and generates with what generation_config.json
// does; where one is silent, the other is asked.
Id read_start(const JsonObject& json, const JsonObject* generation, const Config& config) {
  for (const char* key : {"decoder_start_token_id", "bos_token_id"})
    for (const JsonObject* file : {&json, generation}) {
      if (file == nullptr) continue;
      auto ids = read_ids(*file, config, key);
      if (ids.size() == 1 && ids[0] >= 0) return static_cast<Id>(ids[0]);
      check(ids.size() < 2 || key == std::string_view("bos_token_id"),
            "{}: {}: {} ids, one for each text of a batch; give one for all", file->name(), key,
            ids.size());
    }
  return config.pad_token_id;
}

// Old files name classes that are gone (T5WithLMHeadModel): a language model is the default.
const TaskHead& read_architecture(const JsonObject& json) {
  if (!json.has("architectures") || !json.value().at("architectures").is_array())
    return language_model();
  for (const Json& name : json.value().at("architectures"))
    for (const TaskHead& head : task_heads())
      if (name.is_string() && name.get<std::string>().ends_with(head.architecture)) return head;
  return language_model();
}

// id2label: {"0": "negative", "1": "positive"}; without it transformers has LABEL_0 and LABEL_1.
std::vector<std::string> read_labels(const JsonObject& json) {
  if (!json.has("id2label")) return {"LABEL_0", "LABEL_1"};
  JsonObject names = json.object("id2label");
  std::vector<std::string> labels;
  for (size_t i = 0; i < names.value().size(); ++i)
    labels.push_back(names.string(std::to_string(i)));
  check(labels.size() >= 2, "{}: id2label: {} labels; a classifier needs at least 2", json.name(),
        labels.size());
  return labels;
}

void read_head(const JsonObject& json, Config& config) {
  config.head = &read_architecture(json);
  if (!config.head->has_labels) return;
  config.labels = read_labels(json);
  config.classifier_dropout = json.number("classifier_dropout", 0, 0.999, 0);
  std::string problem = json.string("problem_type", "single_label_classification");
  check(problem == "single_label_classification",
        "{}: problem_type: '{}' is not single_label_classification, the only one known here",
        json.name(), problem);
}

void write_labels(const Config& config, Json& json) {
  Json id2label = Json::object(), label2id = Json::object();
  for (size_t i = 0; i < config.labels.size(); ++i) {
    id2label[std::to_string(i)] = config.labels[i];
    label2id[config.labels[i]] = i;
  }
  json["id2label"] = id2label;
  json["label2id"] = label2id;
  json["classifier_dropout"] = config.classifier_dropout;
}

}  // namespace

namespace {

// The shape of mT5 small, which transformers' MT5Config and UMT5Config have where a file says
// nothing; T5Config has t5-small's, as Config.
void set_defaults(Config& config) {
  if (config.model_type == "t5") return;
  config.d_ff = 1024;
  config.num_heads = 6;
  config.num_layers = 8;
  config.vocab_size = 250112;
  config.activation = Activation::kGelu;
  config.gated = true;
}

}  // namespace

Config read_config(const JsonObject& json, std::shared_ptr<const JsonObject> generation) {
  Config config;
  config.file = std::make_shared<const JsonObject>(json);
  config.generation_file = std::move(generation);
  config.model_type = json.string("model_type", "t5");
  if (config.model_type != "t5" && config.model_type != "mt5" && config.model_type != "umt5")
    fail("{}: model_type: '{}' is not one of t5, mt5, umt5", json.name(), config.model_type);
  set_defaults(config);
  config.d_model = json.integer("d_model", 1, kMaxWidth, config.d_model);
  config.d_ff = json.integer("d_ff", 1, kMaxWidth, config.d_ff);
  config.d_kv = json.integer("d_kv", 1, kMaxWidth, config.d_kv);
  config.num_heads = json.integer("num_heads", 1, 4096, config.num_heads);
  config.num_layers = json.integer("num_layers", 1, kMaxLayers, config.num_layers);
  config.num_decoder_layers = json.integer("num_decoder_layers", 1, kMaxLayers, config.num_layers);
  config.vocab_size = json.integer("vocab_size", 1, kMaxVocabulary, config.vocab_size);
  config.relative_attention_num_buckets =
      json.integer("relative_attention_num_buckets", 4, 65536, 32);
  config.relative_attention_max_distance =
      json.integer("relative_attention_max_distance", 2, kMaxWidth, 128);
  check(config.relative_attention_max_distance > config.relative_attention_num_buckets / 2,
        "{}: relative_attention_max_distance: {} does not exceed half of {} buckets", json.name(),
        config.relative_attention_max_distance, config.relative_attention_num_buckets);
  config.dropout_rate = json.number("dropout_rate", 0, 0.999, 0.1);
  config.layer_norm_epsilon = json.number("layer_norm_epsilon", 0, 1, 1e-6);
  config.initializer_factor = json.number("initializer_factor", 0, 1e6, 1);
  read_activation(json, config);
  config.tie_word_embeddings = json.boolean("tie_word_embeddings", true);
  config.scale_decoder_outputs = read_output_scaling(json, config);
  config.pad_token_id = read_pad(json, config);
  config.eos_token_id = read_eos(json, config);
  config.decoder_start_token_id = read_start(json, config.generation_file.get(), config);
  read_head(json, config);
  return config;
}

namespace {

// The keys that are known here, as the config has them.
Json known_keys(const Config& config) {
  std::string type = config.model_type;
  std::string family = type == "mt5" ? "MT5" : type == "umt5" ? "UMT5" : "T5";
  Json json = {
      {"architectures", {family + config.head->architecture}},
      {"model_type", type},
      {"is_encoder_decoder", true},
      {"d_model", config.d_model},
      {"d_ff", config.d_ff},
      {"d_kv", config.d_kv},
      {"num_heads", config.num_heads},
      {"num_layers", config.num_layers},
      {"num_decoder_layers", config.num_decoder_layers},
      {"vocab_size", config.vocab_size},
      {"relative_attention_num_buckets", config.relative_attention_num_buckets},
      {"relative_attention_max_distance", config.relative_attention_max_distance},
      {"dropout_rate", config.dropout_rate},
      {"layer_norm_epsilon", config.layer_norm_epsilon},
      {"initializer_factor", config.initializer_factor},
      {"feed_forward_proj", activation_text(config)},
      {"tie_word_embeddings", config.tie_word_embeddings},
      {"pad_token_id", config.pad_token_id},
      {"eos_token_id", config.eos_token_id},
      {"decoder_start_token_id", config.decoder_start_token_id},
  };
  if (type == "t5") json["scale_decoder_outputs"] = config.scale_decoder_outputs;
  if (config.head->has_labels) write_labels(config, json);
  return json;
}

}  // namespace

// A key keeps what the file has of it, in the file's own words, as long as it means the same.
std::string config_text(const Config& config, std::string_view dtype) {
  Json known = known_keys(config), json = known;
  if (config.file) {
    json = config.file->value();
    Json before = known_keys(read_config(*config.file, config.generation_file));
    for (const auto& [key, value] : known.items())
      if (!json.contains(key) || before[key] != value || key == "architectures") json[key] = value;
    for (const auto& item : before.items())
      if (!known.contains(item.key())) json.erase(item.key());
    if (known["architectures"] != before["architectures"]) json.erase("problem_type");
  }
  if (!dtype.empty()) {
    json.erase("torch_dtype");  // the same key in transformers 4
    json["dtype"] = dtype;
  }
  return json_text(json);
}

}  // namespace t5
