#include "t5/train/checkpoint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cmath>

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

// A number of the metadata, which are text.
template <class T>
T metadata_number(const SafetensorsFile& file, const std::string& key, T low, T high) {
  std::string text = metadata_value(file, key);
  T value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  check(error == std::errc() && end == text.data() + text.size() && low <= value && value <= high,
        "{}: {}: '{}' is not a number from {} to {}; the checkpoint is damaged", file.path(), key,
        text, low, high);
  return value;
}

TrainState state_of(const SafetensorsFile& file) {
  constexpr int64_t kMaxStep = int64_t{1} << 53;
  auto step = metadata_number<int64_t>(file, "step", 0, kMaxStep);
  return {step, metadata_number<double>(file, "best_loss", -HUGE_VAL, HUGE_VAL),
          metadata_number<int64_t>(file, "best_step", 0, step),
          metadata_number<int64_t>(file, "stale_evaluations", 0, kMaxStep)};
}

// Every tensor holds numbers, and those of the model have its shapes.
void check_tensors(const SafetensorsFile& file, const Model& model) {
  for (const TensorEntry& entry : file.entries()) {
    check(is_floating(entry.dtype), "{}: {} holds {}, not floating-point numbers", file.path(),
          entry.name, dtype_name(entry.dtype));
    check_finite(entry, file.path());
  }
  for (const Parameter* p : model.parameters().trainable()) {
    const TensorEntry* entry = file.find(kModel + p->name);
    check(entry == nullptr || Shape(entry->shape) == p->var.shape(),
          "{}: {} is ({}), the model's {}: this checkpoint is of another model", file.path(),
          p->name, fmt::join(entry == nullptr ? std::vector<int64_t>() : entry->shape, ", "),
          p->var.shape());
  }
}

}  // namespace

void save_checkpoint(const std::string& path, const Model& model, const Optimizer& optimizer,
                     const TrainState& state, const std::string& settings) {
  std::vector<TensorEntry> entries;
  for (const Parameter* p : model.parameters().trainable())
    entries.push_back(entry_of(kModel + p->name, p->var.value()));
  for (const auto& [name, tensor] : optimizer.state())
    entries.push_back(entry_of(kOptimizer + name, tensor));
  for (const TensorEntry& entry : entries) check_finite(entry, path);
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
  check_tensors(file, model);
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
