// The adapters of a model: new ones, or those of directories in PEFT's layout, one after another.
//
// A model is loaded with them: load_model(base, adapters.load_options(base, use)). Its parameters
// are then the base's and theirs; a base under adapters is frozen, but for what they save.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "t5/model/directory.h"
#include "t5/train/saved_form.h"
#include "t5/transfer/adapter_config.h"

namespace t5 {

class Adapters final : public SavedForm {
 public:
  // Adds a new adapter, to be trained, or that of a directory. `name` tells it from the others; ""
  // is the directory's last part, or "default". Throws Error for a second prompt, a name that is
  // there already, and for files that are not whole.
  void add_new(AdapterConfig config, const std::string& name = "");
  void add(const std::string& directory, const std::string& name = "");

  bool empty() const { return adapters_.empty(); }
  const AdapterConfig& config(size_t i) const { return adapters_.at(i).config; }

  // Options to load a base with these beside it; with Use::kTraining the
  // last adapter is trained, the others are as fixed as the base, which stays in as few bits as
  // it is stored in.
  // Throws Error when an adapter names another base.
  LoadOptions load_options(const std::string& base, Use use, uint64_t seed = 0) const;

  // Throws Error when a layer or a tensor that an adapter has is not one of the model's.
  void check_all_used(const Model& model) const;

  // Writes the last adapter as its directory has it: adapter_config.json,
  // adapter_model.safetensors.
  void check_room(const std::string& directory) const override;
  void save(const Model& model, DirectoryUpdate& to) const override;
  // Reads the values of its parameters back.
  void restore(Model& model, const std::string& directory) const override;

 private:
  struct Adapter {
    std::string name, directory;  // directory: "" for a new one
    AdapterConfig config;
    std::vector<TensorEntry> entries;  // of its file
  };
  // A parameter of an adapter: whose, and what its file calls it.
  struct Owned {
    size_t adapter;
    std::string entry;
  };
  void add_adapter(Adapter adapter);
  void check_base(const std::string& base) const;
  AdapterMaker maker() const;
  std::string known_targets(const Model& model) const;
  std::optional<Owned> owner(const std::string& parameter) const;
  Var parameter(const Owned& owned, const Shape& shape, const Init& init, bool trains,
                uint64_t seed) const;

  std::vector<Adapter> adapters_;
};

// Writes the model of `base` with the adapters merged into its weights, as float32. Throws Error
// for one that no weight can stand for: a prompt, a bottleneck.
void merge_adapters(const std::string& base, const Adapters& adapters, const std::string& to,
                    Existing existing = Existing::kRefuse);

}  // namespace t5
