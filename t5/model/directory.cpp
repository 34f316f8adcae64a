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
    std::string name = below->path().filename().string();
    if (below.depth() >= 2 || name.starts_with('.')) below.disable_recursion_pending();
    if (name == "config.json") return below->path().parent_path().string();
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
  finish_update(directory);
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
  auto stored = [&](const std::string& name, const Shape& shape) {
    bool frozen = options.use == Use::kTraining && options.trains && !options.trains(name);
    if (frozen && options.keeps_fewer_bits) return weights.parameter(name, shape, Use::kPrediction);
    Var var = weights.parameter(name, shape, options.use);
    return frozen ? var.detach() : var;
  };
  auto source = [&](const std::string& name, const Shape& shape, const Init& init) {
    Var added = options.additions ? options.additions(name, shape, init) : Var();
    if (added.defined()) {
      weights.pass_over(name);
      return added;
    }
    bool of_head = name.starts_with("classif") || name.starts_with("qa_outputs");
    bool is_new = options.config && of_head && weights.find(name) == nullptr;
    if (!is_new) return stored(name, shape);
    return Var(draw(name, shape, init).value(), options.use == Use::kTraining);
  };
  bool has_head = weights.untied_head(), untied = config.writes_text() && has_head;
  check(options.config || untied || !has_head,
        "{}: lm_head.weight belongs to no layer that config.json describes", weights.path());
  if (!options.config) config.tie_word_embeddings = !untied;
  config.prompt_tokens = options.prompt_tokens;
  auto model = std::make_unique<Model>(config, source, untied, options.adapters);
  if (!options.config) weights.check_all_used();
  return model;
}

void save_model(const Model& model, DirectoryUpdate& to) {
  std::vector<TensorEntry> entries = entries_of(model.parameters());
  for (const TensorEntry& entry : entries) check_finite(entry, to.directory());
  to.displace(Weights::names_in(to.directory()));
  const char* dtype = kDoublePrecision ? "float64" : "float32";
  for (const auto& [name, text] : config_files(model.config(), dtype)) to.write(name, text);
  write_safetensors(to.folder() + "/model.safetensors", entries);
}

void save_model(const Model& model, const std::string& directory) {
  DirectoryUpdate update(directory);
  save_model(model, update);
  update.commit();
}

Conversion convert_model(const std::string& from, const std::string& to,
                         const WeightsFormat& format, Existing existing) {
  auto model = load_model(from);
  DirectoryUpdate update(to, existing);
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
  copy_tokenizer(from, update);
  for (const auto& [name, text] : config_files(load_config(from), precision))
    update.write(name, text);
  update.displace(Weights::names_in(to));
  int64_t files = write_weights(update.folder(), entries, format);
  update.commit();
  return {files, difference(*model, *load_model(to))};
}

TokenizerFiles read_tokenizer_files(const std::string& directory) {
  finish_update(directory);
  TokenizerFiles files;
  for (const char* name : kTokenizerFiles) {
    std::string path = directory + "/" + name;
    if (std::filesystem::exists(path)) files[name] = read_file(path);
  }
  return files;
}

void write_tokenizer_files(const TokenizerFiles& files, DirectoryUpdate& to) {
  if (!files.empty() || Weights::exist(to.directory()))
    to.displace({std::begin(kTokenizerFiles), std::end(kTokenizerFiles)});
  for (const auto& [name, text] : files) to.write(name, text);
}

void copy_tokenizer(const std::string& from, DirectoryUpdate& to) {
  write_tokenizer_files(read_tokenizer_files(from), to);
}

void check_room_for_model(const std::string& directory, const TokenizerFiles& tokenizer) {
  for (const char* name : {"config.json", "generation_config.json"}) check_absent(directory, name);
  for (const std::string& name : Weights::names_in(directory)) check_absent(directory, name);
  TokenizerFiles old = read_tokenizer_files(directory);
  if (!tokenizer.empty() && !old.empty() && old != tokenizer)
    check_absent(directory, old.begin()->first);
}

void check_vocabulary(const Tokenizer& tokenizer, const Config& config) {
  check(tokenizer.vocab_size() <= config.vocab_size,
        "vocabulary: the tokenizer has {} ids, the model {} rows; they do not belong together",
        tokenizer.vocab_size(), config.vocab_size);
}

}  // namespace t5
