#include "t5/train/checkpoint.h"

#include <cstdlib>

#include "t5/files/safetensors.h"
#include "tensor/error.h"

namespace t5 {
namespace {

const std::string kModel = "model.", kOptimizer = "optimizer.";

Tensor tensor_of(const TensorEntry& entry) {
  Tensor value{Shape(entry.shape)};
  read_values(entry.dtype, entry.data, value.size(), value.mutable_data());
  return value;
}

std::string metadata_value(const SafetensorsFile& file, const std::string& key) {
  auto found = file.metadata().find(key);
  check(found != file.metadata().end(), "{}: not a training checkpoint: it has no '{}'",
        file.path(), key);
  return found->second;
}

TrainState state_of(const SafetensorsFile& file) {
  auto integer = [&](const char* key) {
    return std::strtoll(metadata_value(file, key).c_str(), nullptr, 10);
  };
  return {integer("step"), std::strtod(metadata_value(file, "best_loss").c_str(), nullptr),
          integer("best_step"), integer("stale_evaluations")};
}

}  // namespace

void save_checkpoint(const std::string& path, const Model& model, const Optimizer& optimizer,
                     const TrainState& state, const std::string& settings) {
  std::vector<TensorEntry> entries;
  for (const Parameter* p : model.parameters().trainable())
    entries.push_back(entry_of(kModel + p->name, p->var.value()));
  for (const auto& [name, tensor] : optimizer.state())
    entries.push_back(entry_of(kOptimizer + name, tensor));
  write_safetensors(
      path, std::move(entries),
      {{"step", std::to_string(state.step)},
       {"best_loss", fmt::format("{}", state.best_loss)},  // exact: shortest that reads back
       {"best_step", std::to_string(state.best_step)},
       {"stale_evaluations", std::to_string(state.stale_evaluations)},
       {"settings", settings}});
}

std::string load_checkpoint(const std::string& path, Model& model, Optimizer& optimizer,
                            TrainState& state) {
  SafetensorsFile file = SafetensorsFile::open(path);
  state = state_of(file);
  // exercise 14-training/restore — the run as it was
  for (Parameter* p : model.parameters().trainable()) {
    const TensorEntry* entry = file.find(kModel + p->name);
    check(entry != nullptr, "{}: {} is missing: this checkpoint is of another model", path,
          p->name);
    p->var.mutable_value().copy_from(tensor_of(*entry));
  }
  std::map<std::string, Tensor> slots;
  for (const TensorEntry& entry : file.entries())
    if (entry.name.starts_with(kOptimizer))
      slots[entry.name.substr(kOptimizer.size())] = tensor_of(entry);
  optimizer.load_state(slots, state.step);
  return metadata_value(file, "settings");
  // end exercise
}

}  // namespace t5
