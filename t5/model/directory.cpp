#include "t5/model/directory.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "t5/files/atomic_file.h"
#include "t5/files/json.h"
#include "t5/files/safetensors.h"
#include "tensor/error.h"
#include "tensor/ops/elementwise.h"
#include "tensor/ops/quantized.h"

namespace t5 {
namespace {

// Names under which a file may store the shared embedding once more.
constexpr const char* kEmbeddingAliases[] = {"shared.weight", "encoder.embed_tokens.weight",
                                             "decoder.embed_tokens.weight", "lm_head.weight"};
// Stored by some old checkpoints, used by none.
constexpr const char* kUnused =
    "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight";

// Where classifiers keep the stacks.
constexpr std::string_view kStacks = "transformer.";

// Compared value by value only when the bytes do not lie in the same order.
bool same_values(const TensorEntry& a, const TensorEntry& b) {
  if (a.dtype != b.dtype || a.shape != b.shape) return false;
  if (a.strides == b.strides && a.data == b.data) return true;
  if (a.strides.empty() && b.strides.empty()) return std::memcmp(a.data, b.data, a.size) == 0;
  if (!is_floating(a.dtype)) return false;
  std::vector<real> x(a.count()), y(b.count());
  read_entry(a, x.data());
  read_entry(b, y.data());
  return x == y;
}

// The weights of a directory as parameters of a model.
class StoredWeights {
 public:
  explicit StoredWeights(const std::string& directory) : file_(Weights::open(directory)) {
    used_.insert(kUnused);
    for (std::string alias : kEmbeddingAliases) {
      used_.insert(alias);
      used_.insert(std::string(kStacks) + alias);
    }
  }

  // A parameter as it is called here, or in a model with another head: with or without the
  // "transformer." of the classifiers.
  const TensorEntry* find(const std::string& name) const {
    if (const auto* entry = file_.find(name)) return entry;
    return file_.find(name.starts_with(kStacks) ? name.substr(kStacks.size())
                                                : std::string(kStacks) + name);
  }

  const TensorEntry* embedding() const {
    for (const char* name : kEmbeddingAliases)
      if (const auto* entry = find(name)) return entry;
    return nullptr;
  }

  // The head is a matrix of its own when the file stores one that differs from the embedding.
  // tie_word_embeddings cannot be asked: transformers 5 writes `true` beside untied heads.
  bool untied_head() const {
    const auto *head = file_.find("lm_head.weight"), *shared = embedding();
    return head != nullptr && head != shared && !same_values(*head, *shared);
  }

  Var parameter(const std::string& name, const Shape& shape, Use use) {
    const TensorEntry& entry = entry_of(name, shape);
    if (auto matrix = in_fewer_bits(entry, shape)) {
      if (use == Use::kPrediction) return Var(matrix);
      Ids rows(shape[0]);
      std::iota(rows.begin(), rows.end(), 0);
      return Var(matrix->rows(rows), true);
    }
    return Var(in_floats(entry, shape), use == Use::kTraining);
  }

  void check_all_used() const {
    for (const TensorEntry& entry : file_.entries())
      if (!used_.contains(entry.name))
        fail("{}: {} belongs to no layer that config.json describes", file_.path(), entry.name);
  }

 private:
  static Tensor in_floats(const TensorEntry& entry, const Shape& shape) {
    if (entry.dtype == kRealType && entry.is_in_place())
      return Tensor::borrow(shape, reinterpret_cast<const real*>(entry.data), entry.owner);
    Tensor copy(shape);
    read_entry(entry, copy.mutable_data());
    return copy;
  }

  // Null when the parameter is no matrix in fewer bits.
  std::shared_ptr<const QuantizedMatrix> in_fewer_bits(const TensorEntry& entry,
                                                       const Shape& shape) const {
    if (shape.rank() != 2 || !entry.is_in_place()) return nullptr;
    if (entry.dtype == DType::BF16)
      return std::make_shared<QuantizedMatrix>(shape, reinterpret_cast<const Bfloat16*>(entry.data),
                                               entry.owner);
    if (entry.dtype != DType::I8) return nullptr;
    const TensorEntry& scales = *file_.find(entry.name + "_scale");
    using Owner = std::shared_ptr<const void>;  // the two may lie in different files
    auto owners = std::make_shared<std::pair<Owner, Owner>>(entry.owner, scales.owner);
    return std::make_shared<QuantizedMatrix>(shape, reinterpret_cast<const int8_t*>(entry.data),
                                             reinterpret_cast<const float*>(scales.data), owners);
  }

  const TensorEntry& entry_of(const std::string& name, const Shape& shape) {
    const TensorEntry* entry = name.ends_with("shared.weight") ? embedding() : find(name);
    if (entry == nullptr) fail("{}: {} is missing; the config asks for it", file_.path(), name);
    used_.insert(entry->name);
    check(std::equal(shape.begin(), shape.end(), entry->shape.begin(), entry->shape.end()),
          "{}: {} is ({}), the config asks for {}", file_.path(), name,
          fmt::join(entry->shape, ", "), shape);
    if (entry->dtype == DType::I8)
      check_scales(*entry);
    else
      check(is_floating(entry->dtype), "{}: {} holds {}, not floating-point numbers", file_.path(),
            name, dtype_name(entry->dtype));
    return *entry;
  }

  // int8 values, as t5 convert writes them, come with a scale for each row.
  void check_scales(const TensorEntry& entry) {
    std::string name = entry.name + "_scale";
    const TensorEntry* scales = file_.find(name);
    check(entry.shape.size() == 2 && entry.is_in_place() && scales != nullptr &&
              scales->dtype == DType::F32 && scales->is_in_place() &&
              scales->shape == std::vector<int64_t>{entry.shape[0]},
          "{}: {} holds I8, not floating-point numbers, and there is no {} of ({}) with its scales",
          file_.path(), entry.name, name, entry.shape.empty() ? 0 : entry.shape[0]);
    used_.insert(name);
  }

  Weights file_;
  std::set<std::string> used_;
};

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
