// Chapter 18: a file read by hand, the names in every published file, half the bytes, and ten other
// implementations, nine of them with a mistake.
// Usage: 18-t5-small FOLDER. Writes layout.svg and divergence.svg there.

#include <cmath>
#include <filesystem>
#include <numeric>

#include "t5/files/atomic_file.h"
#include "t5/files/safetensors.h"
#include "t5/report/heat_map.h"
#include "tensor/error.h"
#include "tutorials/18-t5-small/layout.h"
#include "tutorials/18-t5-small/names.h"
#include "tutorials/18-t5-small/other.h"
#include "tutorials/18-t5-small/reader.h"
#include "tutorials/18-t5-small/small.h"

using namespace t5;

namespace {

// The model of a directory, by the lesson's reader and the lesson's names.
std::unique_ptr<Model> load(const std::string& directory) {
  Config config = load_config(directory);
  std::vector<TensorEntry> entries = lesson::read_tensors(directory + "/model.safetensors");
  for (const lesson::NamedShape& p : lesson::parameters_of(config)) {
    const TensorEntry* entry = find_entry(entries, p.name);
    check(entry != nullptr && entry->shape == p.shape, "{} is missing or misshapen", p.name);
  }
  auto source = [&](const std::string& name, const Shape& shape, const Init&) {
    Tensor value(shape);
    read_entry(*find_entry(entries, name), value.mutable_data());
    return Var(value, true);
  };
  return std::make_unique<Model>(config, source, false);
}

void show_file(const lesson::Small& small, const std::string& folder) {
  std::string path = small.directory + "/model.safetensors", text = read_file(path);
  std::vector<TensorEntry> entries = lesson::read_tensors(path);
  fmt::print("\n1. Its file: {} tensors in {} bytes, of which the first are\n  ", entries.size(),
             text.size());
  for (int i = 0; i < 8; ++i) fmt::print(" {:02x}", static_cast<unsigned char>(text[i]));
  fmt::print("\n   {}…\n", text.substr(8, 90));

  std::vector<TensorEntry> few;  // for a picture
  for (const TensorEntry& e : entries) {
    if (e.name.ends_with("attention_bias.weight")) few.push_back(e);
    if (e.name == "encoder.final_layer_norm.weight") few.push_back(e);
    if (e.name == "decoder.final_layer_norm.weight") few.push_back(converted(e, DType::F16));
  }
  write_safetensors(folder + "/few.safetensors", few);
  write_file(folder + "/layout.svg",
             lesson::layout_svg(folder + "/few.safetensors", "Four tensors in a file"));
}

void show_names() {
  fmt::print("\n2. What published files hold, from the config alone\n");
  for (std::string name : {"t5-small", "t5-v1_1-small", "mt5-small", "byt5-small"}) {
    int64_t parameters = 0;
    std::vector<lesson::NamedShape> all = lesson::parameters_of(preset_config(name));
    for (const lesson::NamedShape& p : all)
      parameters += std::accumulate(p.shape.begin(), p.shape.end(), int64_t{1}, std::multiplies());
    fmt::print("   {:14} {:4} tensors, {:10} parameters\n", name, all.size(), parameters);
  }
}

void show_precisions(const lesson::Small& small, const std::vector<Ids>& expected) {
  fmt::print("\n3. In fewer bytes\n");
  for (DType dtype : {DType::F32, DType::F16, DType::BF16}) {
    std::string to = fmt::format("{}-{}", small.directory, dtype_name(dtype));
    Conversion made = convert_model(small.directory, to, {.dtype = dtype});
    fmt::print("   {:5} {:8} bytes, weights off by {:.1e}, {} of 100 translations unchanged\n",
               dtype_name(dtype), std::filesystem::file_size(to + "/model.safetensors"),
               made.difference,
               lesson::unchanged(lesson::translations(*load(to), small), expected));
  }
}

void print_verdict(const Divergence& found, double tolerance) {
  if (found.first.empty())
    fmt::print("        no difference above {}\n", tolerance);
  else
    fmt::print("        {}: {}\n", found.first, found.cause);
}

void show_others(const Model& ours, const lesson::Small& small, const std::vector<Ids>& expected,
                 const std::string& folder) {
  fmt::print("\n4. Ten other implementations: of 100 translations unchanged, and the verdict\n");
  std::vector<TokenPair> pairs(small.test.begin(), small.test.begin() + 4);
  HeatMap map{"Where they part", "the gap, as a power of ten", "", {}, {}, {}};
  map.columns = {"e0", "e1", "e2", "enc", "d0", "d1", "d2", "dec", "out", "loss"};
  map.low = -7.5, map.high = 0;
  std::string path = folder + "/states.safetensors";
  for (const lesson::Other& other : lesson::others(ours)) {
    lesson::write_dump(path, other, pairs);
    Divergence found = find_divergence(ours, Dump(path, ours.config()), 1e-4);
    fmt::print("   {:4} {}\n",
               lesson::unchanged(lesson::translations(*other.model, small), expected),
               other.mistake.description);
    print_verdict(found, 1e-4);
    if (other.mistake.description.starts_with("epsilon"))
      print_verdict(find_divergence(ours, Dump(path, ours.config()), 1e-6), 1e-6);
    map.rows.push_back(other.mistake.description);
    for (const StateGap& state : found.states) {
      // No power of ten is 0, which a sum of a few numbers may well be.
      map.values.push_back(state.gap > 0 ? std::log10(state.gap) : map.low);
      map.texts.push_back(state.gap > 0 ? std::to_string(std::lround(map.values.back())) : "=");
    }
  }
  write_file(folder + "/divergence.svg", heat_map_svg(map));
}

}  // namespace

int main(int, char** argv) try {
  std::string folder = argv[1];
  std::filesystem::remove_all(folder);  // an earlier run's models are not overwritten
  make_directories(folder);
  lesson::Small small = lesson::train_small(folder + "/model");
  show_file(small, folder);
  show_names();
  auto model = load(small.directory);
  std::vector<Ids> expected = lesson::translations(*model, small);
  show_precisions(small, expected);
  show_others(*model, small, expected, folder);
} catch (const std::exception& error) {
  fmt::print(stderr, "18-t5-small: {}\n", error.what());
  return 1;
}
