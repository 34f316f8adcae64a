#include "t5/model/directory.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <map>
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

// config.json and generation_config.json by their names. A model whose files had no
// generation_config.json gets none: it would take the place of what config.json says of generation.
std::map<std::string, std::string> config_files(const Config& config, std::string_view dtype) {
  std::map<std::string, std::string> files = {{"config.json", config_text(config, dtype)}};
  if (config.generation_file)
    files["generation_config.json"] = json_text(config.generation_file->value());
  else if (!config.file)
    files["generation_config.json"] =
        json_text({{"decoder_start_token_id", config.decoder_start_token_id},
                   {"eos_token_id", config.eos_token_id},
                   {"pad_token_id", config.pad_token_id}});
  return files;
}

}  // namespace

namespace {

// Where a directory lies whose parent was named, as in a cache of downloads.
std::string model_below(const std::string& directory) {
  std::error_code error;
  auto below = std::filesystem::recursive_directory_iterator(directory, error);
  for (int n = 0; n < 1000 && !error && below != end(below); ++n, below.increment(error)) {
    if (below.depth() >= 2) below.disable_recursion_pending();
    if (below->path().filename() == "config.json") return below->path().parent_path().string();
  }
  return "";
}

void check_config_is_there(const std::string& directory) {
  namespace fs = std::filesystem;
  check(!fs::is_regular_file(directory), "{}: is a file; name the directory of a model", directory);
  if (!fs::is_directory(directory) || fs::exists(directory + "/config.json")) return;
  std::string below = model_below(directory);
  check(below.empty(), "{}: holds no config.json, but {} does; name that", directory, below);
}

}  // namespace

Config load_config(const std::string& directory) {
  check_config_is_there(directory);
  JsonObject file = JsonObject::read(directory + "/config.json");
  std::string generation = directory + "/generation_config.json";
  if (!std::filesystem::exists(generation)) return read_config(file);
  return read_config(file, std::make_shared<const JsonObject>(JsonObject::read(generation)));
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
  bool has_head = weights.untied_head(), untied = config.writes_text() && has_head;
  check(options.config || untied || !has_head,
        "{}: lm_head.weight belongs to no layer that config.json describes", weights.path());
  if (!options.config) config.tie_word_embeddings = !untied;
  auto model = std::make_unique<Model>(config, source, untied);
  if (!options.config) weights.check_all_used();
  return model;
}

void save_model(const Model& model, const std::string& directory) {
  std::vector<TensorEntry> entries = entries_of(model.parameters());
  for (const TensorEntry& entry : entries) check_finite(entry, directory);
  make_directories(directory);
  const char* dtype = kDoublePrecision ? "float64" : "float32";
  for (const auto& [name, text] : config_files(model.config(), dtype))
    write_file(directory + "/" + name, text);
  write_safetensors(directory + "/model.safetensors", entries);
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
  const char* precision = "float32";  // int8 has floats beside it
  for (auto [name, dtype] : kPrecisions)
    if (dtype == format.dtype && dtype != DType::I8) precision = name;
  make_directories(to);
  copy_tokenizer(from, to);
  for (const auto& [name, text] : config_files(load_config(from), precision))
    write_file(to + "/" + name, text);
  int64_t files = write_weights(to, entries, format);
  return {files, difference(*model, *load_model(to))};
}

void copy_tokenizer(const std::string& from, const std::string& to) {
  make_directories(to);
  for (const char* name : {"spiece.model", "tokenizer.json", "tokenizer_config.json",
                           "special_tokens_map.json", "added_tokens.json", "vocab.txt"})
    if (std::filesystem::exists(from + "/" + name))
      write_file(to + "/" + name, read_file(from + "/" + name));
}

void check_vocabulary(const Tokenizer& tokenizer, const Config& config) {
  check(tokenizer.vocab_size() <= config.vocab_size,
        "vocabulary: the tokenizer has {} ids, the model {} rows; they do not belong together",
        tokenizer.vocab_size(), config.vocab_size);
}

}  // namespace t5
