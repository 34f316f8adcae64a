#include "t5/model/directory.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "t5/files/atomic_file.h"
#include "t5/files/json.h"
#include "t5/files/safetensors.h"
#include "t5/model/stored_weights.h"
#include "tensor/error.h"
#include "tensor/ops/elementwise.h"

namespace t5 {
namespace {

// Where the parameters lie in memory. The first is the shared embedding.
std::vector<TensorEntry> entries_of(const Parameters& parameters) {
  std::vector<TensorEntry> entries;
  for (const Parameter& p : parameters.all()) entries.push_back(entry_of(p.name, p.var.value()));
  return entries;
}

std::string generation_config_text(const Config& config) {
  return json_text({{"decoder_start_token_id", config.decoder_start_token_id},
                    {"eos_token_id", config.eos_token_id},
                    {"pad_token_id", config.pad_token_id}});
}

}  // namespace

Config load_config(const std::string& directory) {
  return read_config(JsonObject::read(directory + "/config.json"));
}

namespace {

// |b - a| / |a| over all parameters
double difference(const Model& a, const Model& b) {
  double squares = 0, total = 0;
  for (const Parameter& p : a.parameters().all()) {
    const Tensor &x = p.var.value(), &y = b.parameters().find(p.name)->value();
    squares += squared_norm(map([](real u, real v) { return v - u; }, x, y));
    total += squared_norm(x);
  }
  return total > 0 ? std::sqrt(squares / total) : 0;
}

}  // namespace

std::unique_ptr<Model> load_model(const std::string& directory, const LoadOptions& options) {
  Config config = options.config ? *options.config : load_config(directory);
  StoredWeights weights(directory);
  auto draw = random_source(options.seed);
  auto source = [&](const std::string& name, const Shape& shape, const Init& init) {
    bool of_head = name.starts_with("classif") || name.starts_with("qa_outputs");
    bool is_new = options.config && of_head && weights.find(name) == nullptr;
    if (!is_new) return weights.parameter(name, shape, options.use);
    return Var(draw(name, shape, init).value(), options.use == Use::kTraining);
  };
  bool untied = config.writes_text() && weights.untied_head();
  if (!options.config) config.tie_word_embeddings = !untied;
  auto model = std::make_unique<Model>(config, source, untied);
  if (!options.config) weights.check_all_used();
  return model;
}

void save_model(const Model& model, const std::string& directory) {
  make_directories(directory);
  write_file(directory + "/config.json", config_text(model.config()));
  write_file(directory + "/generation_config.json", generation_config_text(model.config()));
  write_safetensors(directory + "/model.safetensors", entries_of(model.parameters()));
}

Conversion convert_model(const std::string& from, const std::string& to,
                         const WeightsFormat& format) {
  auto model = load_model(from);
  check(!Weights::exist(to), "{}: already holds a model; choose another directory", to);
  std::vector<TensorEntry> entries = entries_of(model->parameters());
  // A copy of the embedding stays: without it transformers would ask where an untied head is.
  bool has_copy = model->tied() && Weights::open(from).find("lm_head.weight") != nullptr;
  if (has_copy) {
    entries.push_back(entries[0]);
    entries.back().name = "lm_head.weight";
  }
  Json config = JsonObject::read(from + "/config.json").value();
  config.erase("torch_dtype");  // the same key in transformers 4
  DType floating = format.dtype == DType::I8 ? DType::F32 : format.dtype;
  for (auto [name, dtype] : kPrecisions)
    if (dtype == floating) config["dtype"] = name;
  make_directories(to);
  copy_tokenizer(from, to);
  const std::string generation = "/generation_config.json";
  write_file(to + generation, std::filesystem::exists(from + generation)
                                  ? read_file(from + generation)
                                  : generation_config_text(model->config()));
  write_file(to + "/config.json", json_text(config));
  int64_t files = write_weights(to, entries, format);
  return {files, difference(*model, *load_model(to))};
}

void copy_tokenizer(const std::string& from, const std::string& to) {
  make_directories(to);
  for (const char* name : {"spiece.model", "tokenizer.json", "tokenizer_config.json",
                           "special_tokens_map.json", "added_tokens.json"})
    if (std::filesystem::exists(from + "/" + name))
      write_file(to + "/" + name, read_file(from + "/" + name));
}

void check_vocabulary(const Tokenizer& tokenizer, const Config& config) {
  check(tokenizer.vocab_size() <= config.vocab_size,
        "vocabulary: the tokenizer has {} ids, the model {} rows; they do not belong together",
        tokenizer.vocab_size(), config.vocab_size);
}

}  // namespace t5
