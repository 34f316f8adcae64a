#include "t5/transfer/adapters.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "t5/files/pytorch/pytorch_file.h"
#include "t5/files/safetensors.h"
#include "t5/transfer/adapter_part.h"
#include "tensor/error.h"

namespace t5 {
namespace {

constexpr const char *kFile = "adapter_model.safetensors", *kOldFile = "adapter_model.bin";
constexpr const char *kPrefix = "base_model.model.", *kPrompt = "prompt_embeddings";
// Between a layer's name and an adapter's.
constexpr const char* kMarks[] = {"lora_A", "lora_B", "ia3_l", "adapter_down", "adapter_up"};

// The parts of one layer, in the order of the adapters.
class AdaptedLinear final : public LinearAdapter {
 public:
  explicit AdaptedLinear(std::vector<std::unique_ptr<AdapterPart>> parts)
      : parts_(std::move(parts)) {}

  Var operator()(const Var& x, const Var& weight, const Dropout& dropout) const override {
    Var in = x;
    for (const auto& part : parts_) in = part->before(in);
    Var y = linear(in, weight);
    for (const auto& part : parts_) y = part->after(x, y, dropout);
    return y;
  }
  void merge(Tensor& weight) const {
    for (const auto& part : parts_) part->merge(weight);
  }

 private:
  std::vector<std::unique_ptr<AdapterPart>> parts_;
};

std::vector<TensorEntry> read_entries(const std::string& directory) {
  std::string path = directory + "/" + kFile, old = directory + "/" + kOldFile;
  bool is_old = !std::filesystem::exists(path) && std::filesystem::exists(old);
  check(is_old || std::filesystem::exists(path), "{}: holds no {}; the adapter is not whole",
        directory, kFile);
  return is_old ? read_pytorch(old) : SafetensorsFile::open(path).entries();
}

// "a/b/" → "b"
std::string last_part(const std::string& path) {
  std::filesystem::path cleaned = std::filesystem::path(path).lexically_normal();
  return (cleaned.has_filename() ? cleaned : cleaned.parent_path()).filename().string();
}

}  // namespace

std::unique_ptr<AdapterPart> make_adapter_part(const AdapterConfig& config, const std::string& name,
                                               const Scope& scope, int64_t in, int64_t out) {
  if (config.type == "LORA") return make_lora(config, name, scope, in, out);
  if (config.type == "IA3") return make_ia3(config, name, scope, in, out);
  return make_bottleneck(config, name, scope, out);
}

void Adapters::add_adapter(Adapter adapter) {
  for (const Adapter& other : adapters_) {
    check(other.name != adapter.name, "adapter: two are called {}; name one: NAME={}", adapter.name,
          adapter.directory);
    check(!other.config.has_prompt() || !adapter.config.has_prompt(),
          "adapter: {} and {} are both prompts; a model has one", other.name, adapter.name);
  }
  adapters_.push_back(std::move(adapter));
}

void Adapters::add_new(AdapterConfig config, const std::string& name) {
  add_adapter({name.empty() ? "default" : name, "", completed(std::move(config)), {}});
}

void Adapters::add(const std::string& directory, const std::string& name) {
  finish_update(directory);
  AdapterConfig config = read_adapter_config(directory);
  std::string called = name.empty() ? last_part(directory) : name;
  std::replace(called.begin(), called.end(), '.', '_');  // a part of parameters' names
  add_adapter({called, directory, config, read_entries(directory)});
}

std::optional<Adapters::Owned> Adapters::owner(const std::string& parameter) const {
  for (size_t i = 0; i < adapters_.size(); ++i) {
    const Adapter& adapter = adapters_[i];
    if (adapter.config.has_prompt() && parameter == kPrompt) return Owned{i, kPrompt};
    for (const std::string mark : kMarks) {
      size_t at = parameter.find("." + mark + "." + adapter.name);
      if (at == parameter.npos) continue;
      std::string after = parameter.substr(at + mark.size() + adapter.name.size() + 2);
      if (!after.empty() && after != ".weight") continue;  // of a longer name
      return Owned{i, kPrefix + parameter.substr(0, at) + "." + mark + after};
    }
    if (adapter.config.saves(parameter)) return Owned{i, kPrefix + parameter};
  }
  return std::nullopt;
}

Var Adapters::parameter(const Owned& owned, const Shape& shape, const Init& init, bool trains,
                        uint64_t seed) const {
  const Adapter& adapter = adapters_[owned.adapter];
  const TensorEntry* entry = find_entry(adapter.entries, owned.entry);
  bool is_prompt = owned.entry == kPrompt,
       is_saved = adapter.config.saves(
           owned.entry.starts_with(kPrefix) ? owned.entry.substr(std::string(kPrefix).size()) : "");
  if (adapter.directory.empty()) {
    if (is_saved) return Var();  // begins as the base has it
    return Var(random_source(seed)(owned.entry, shape, init).value(), trains);
  }
  check(entry != nullptr, "{}: {} is missing; the base asks for it", adapter.directory,
        owned.entry);
  // PEFT's prompt has rows for the decoder, too, which it does not use.
  Shape found(entry->shape);
  bool fits = found == shape ||
              (is_prompt && found.rank() == 2 && found[1] == shape[1] && found[0] >= shape[0]);
  check(fits, "{}: {} is {}, the base asks for {}: it was made for another model",
        adapter.directory, owned.entry, found, shape);
  check_finite(*entry, adapter.directory);
  Tensor value(found);
  read_entry(*entry, value.mutable_data());
  return Var(found == shape ? value : value.slice(0, 0, shape[0]).contiguous_copy(), trains);
}

AdapterMaker Adapters::maker() const {
  return [adapters = *this](const Scope& scope, int64_t in,
                            int64_t out) -> std::shared_ptr<const LinearAdapter> {
    if (adapters.owner(scope.path() + ".weight")) return nullptr;  // a layer of an adapter
    std::vector<std::unique_ptr<AdapterPart>> parts;
    for (const Adapter& adapter : adapters.adapters_)
      if (adapter.config.adapts(scope.path()))
        parts.push_back(make_adapter_part(adapter.config, adapter.name, scope, in, out));
    if (parts.empty()) return nullptr;
    return std::make_shared<AdaptedLinear>(std::move(parts));
  };
}

void Adapters::check_base(const std::string& base) const {
  JsonObject config = JsonObject::read(base + "/config.json");
  std::string name = last_part(config.string("_name_or_path", "")), folder = last_part(base);
  for (const Adapter& adapter : adapters_) {
    std::string wanted = last_part(adapter.config.base);
    check(name.empty() || wanted.empty() || wanted == name || wanted == folder,
          "{}: was made for {}, and {} is {}", adapter.directory, adapter.config.base, base, name);
  }
}

LoadOptions Adapters::load_options(const std::string& base, Use use, uint64_t seed) const {
  check_base(base);
  LoadOptions options{.use = use, .seed = seed};
  if (empty()) return options;
  size_t last = adapters_.size() - 1;
  options.adapters = maker();
  options.additions = [adapters = *this, use, seed, last](const std::string& name,
                                                          const Shape& shape, const Init& init) {
    auto owned = adapters.owner(name);
    if (!owned) return Var();
    return adapters.parameter(*owned, shape, init, use == Use::kTraining && owned->adapter == last,
                              seed);
  };
  options.trains = [config = adapters_.back().config](const std::string& name) {
    return config.saves(name);
  };
  options.keeps_fewer_bits = true;
  for (const Adapter& adapter : adapters_)
    if (adapter.config.has_prompt()) options.prompt_tokens = adapter.config.num_virtual_tokens;
  return options;
}

// The names of the linear layers as they can be targets, without the numbers of the blocks.
std::string Adapters::known_targets(const Model& model) const {
  std::set<std::string> names;
  for (const Parameter& p : model.parameters().all()) {
    std::string module = p.name.substr(0, p.name.rfind('.'));
    if (owner(p.name)) continue;
    bool is_table = module.ends_with("shared") || module.ends_with("relative_attention_bias");
    if (p.var.shape().rank() == 2 && module.find('.') != module.npos && !is_table)
      names.insert(module.substr(module.rfind('.') + 1));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

void Adapters::check_all_used(const Model& model) const {
  std::vector<std::set<std::string>> used(adapters_.size());
  for (const Parameter& p : model.parameters().all())
    if (auto owned = owner(p.name)) used[owned->adapter].insert(owned->entry);
  for (size_t i = 0; i < adapters_.size(); ++i) {
    const Adapter& adapter = adapters_[i];
    std::string where = adapter.directory.empty() ? "adapter" : adapter.directory;
    check(!used[i].empty(), "{}: no linear layer is called {}; there are {}", where,
          fmt::join(adapter.config.target_modules, ", "), known_targets(model));
    for (const std::string& target : adapter.config.target_modules)
      check(adapter.config.targets_are_pattern || target == "all-linear" ||
                std::any_of(
                    used[i].begin(), used[i].end(),
                    [&](const auto& name) { return name.find("." + target + ".") != name.npos; }),
            "{}: no linear layer is called {}; there are {}", where, target, known_targets(model));
    for (const TensorEntry& entry : adapter.entries)
      check(used[i].contains(entry.name),
            "{}: {} belongs to no layer of this base: it was made for another model", where,
            entry.name);
  }
}

void Adapters::check_room(const std::string& directory) const {
  for (const char* name : {"adapter_config.json", kFile, kOldFile}) check_absent(directory, name);
}

void Adapters::save(const Model& model, DirectoryUpdate& to) const {
  std::vector<TensorEntry> entries;
  for (const Parameter& p : model.parameters().all()) {
    auto owned = owner(p.name);
    if (owned && owned->adapter + 1 == adapters_.size())
      entries.push_back(entry_of(owned->entry, p.var.value()));
  }
  for (const TensorEntry& entry : entries) check_finite(entry, to.directory());
  to.displace({kFile, kOldFile});
  to.write("adapter_config.json", adapter_config_text(adapters_.back().config));
  write_safetensors(to.folder() + "/" + kFile, entries);
}

void Adapters::restore(Model& model, const std::string& directory) const {
  std::vector<TensorEntry> entries = read_entries(directory);
  for (Parameter& p : model.parameters().all()) {
    auto owned = owner(p.name);
    if (!owned || owned->adapter + 1 != adapters_.size()) continue;
    const TensorEntry* entry = find_entry(entries, owned->entry);
    check(entry != nullptr, "{}: {} is missing", directory, owned->entry);
    Tensor value(p.var.shape());
    read_entry(*entry, value.mutable_data());
    p.var.mutable_value().copy_from(value);
  }
}

void merge_adapters(const std::string& base, const Adapters& adapters, const std::string& to,
                    Existing existing) {
  LoadOptions options = adapters.load_options(base, Use::kTraining);
  options.keeps_fewer_bits = false;
  std::map<std::string, std::shared_ptr<const LinearAdapter>> beside;  // by the layer's name
  options.adapters = [&, make = options.adapters](const Scope& scope, int64_t in, int64_t out) {
    return beside[scope.path()] = make(scope, in, out);
  };
  check(options.prompt_tokens == 0, "adapter: a prompt cannot be merged into weights");
  auto adapted = load_model(base, options);
  adapters.check_all_used(*adapted);
  auto plain = load_model(base);
  for (Parameter& p : plain->parameters().all()) {
    Tensor merged = adapted->parameters().find(p.name)->value().contiguous_copy();
    auto found = beside.find(p.name.substr(0, p.name.rfind('.')));
    if (found != beside.end() && found->second)
      static_cast<const AdaptedLinear&>(*found->second).merge(merged);
    p.var.mutable_value() = merged;
  }
  DirectoryUpdate update(to, existing);
  copy_tokenizer(base, update);
  save_model(*plain, update);
  update.commit();
}

}  // namespace t5
