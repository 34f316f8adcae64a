// Which file, the index, and the distribution over several files; see weights.h.
#include "t5/model/weights.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <span>

#include "t5/files/atomic_file.h"
#include "t5/files/json.h"
#include "t5/files/pytorch/pytorch_file.h"
#include "t5/files/safetensors.h"
#include "tensor/error.h"
#include "tensor/ops/quantized.h"

namespace t5 {
namespace {

// Of a format: the only file is STEM.EXTENSION, the i-th of several STEM-0000i-of-0000n.EXTENSION.
struct Naming {
  const char *stem, *extension;

  std::string only() const { return fmt::format("{}.{}", stem, extension); }
  std::string index() const { return only() + ".index.json"; }
  std::string shard(size_t i, size_t n) const {
    return fmt::format("{}-{:05}-of-{:05}.{}", stem, i, n, extension);
  }
  bool has(const std::string& name) const {
    return name == only() || name == index() ||
           (name.starts_with(std::string(stem) + "-") && name.find("-of-") != name.npos &&
            name.ends_with(std::string(".") + extension));
  }
};
constexpr Naming kSafetensors{"model", "safetensors"}, kPytorch{"pytorch_model", "bin"};

bool is_there(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

std::vector<TensorEntry> read_file_of(const Naming& naming, const std::string& path) {
  return naming.stem == kPytorch.stem ? read_pytorch(path) : SafetensorsFile::open(path).entries();
}

// {"weight_map": {"shared.weight": "model-00001-of-00002.safetensors", …}, …}. A name in it is that
// of a file beside the index: an index from elsewhere must not open anything else.
std::vector<TensorEntry> read_shards(const Naming& naming, const std::string& directory) {
  JsonObject map = JsonObject::read(directory + "/" + naming.index()).object("weight_map");
  std::map<std::string, std::vector<TensorEntry>> shards;
  std::vector<TensorEntry> entries;
  for (const auto& item : map.value().items()) {  // in the order of names
    const std::string& name = item.key();
    std::string file = map.string(name);
    check(file.find_first_of(std::string_view("/\\\0", 3)) == file.npos && file != "..",
          "{}: {}: '{}' is not the name of a file in this directory", map.name(), name, file);
    std::string path = directory + "/" + file;
    if (!shards.contains(file)) {
      check(is_there(path), "{}: {}: the file {} is missing; copy or download it again", map.name(),
            name, file);
      shards[file] = read_file_of(naming, path);
    }
    const TensorEntry* entry = find_entry(shards[file], name);
    check(entry != nullptr, "{}: {}: is not in {}; the files do not belong together", map.name(),
          name, file);
    entries.push_back(*entry);
  }
  return entries;
}

// What converted() makes of a tensor, which int8 leaves as quantized() made it.
int64_t written_size(const TensorEntry& entry, DType dtype) {
  return entry.count() * static_cast<int64_t>(dtype_size(dtype == DType::I8 ? entry.dtype : dtype));
}

// The matrices as int8 with their scales, everything else as float. A position bias, a few hundred
// numbers that are added to scores, stays whole.
std::vector<TensorEntry> quantized(const std::vector<TensorEntry>& entries) {
  std::vector<TensorEntry> result;
  for (const TensorEntry& entry : entries) {
    bool keep =
        entry.shape.size() != 2 || entry.name.find("relative_attention_bias") != std::string::npos;
    if (keep) {
      result.push_back(converted(entry, DType::F32));
      continue;
    }
    std::vector<real> values(entry.count());
    read_entry(entry, values.data());
    auto rows = std::make_shared<Int8Rows>(Shape(entry.shape));
    for (int64_t o = 0; o < entry.shape[0]; ++o) rows->round(o, values.data() + o * entry.shape[1]);
    auto bytes = std::as_bytes(std::span(rows->values)),
         scales = std::as_bytes(std::span(rows->scales));
    result.push_back({entry.name, DType::I8, entry.shape, bytes.data(), bytes.size(), {}, rows});
    result.push_back({entry.name + "_scale",
                      DType::F32,
                      {entry.shape[0]},
                      scales.data(),
                      scales.size(),
                      {},
                      rows});
  }
  return result;
}

// The entries cut into runs of at most `max_size` bytes as `dtype`, one tensor at least.
std::vector<std::vector<TensorEntry>> split(const std::vector<TensorEntry>& entries,
                                            const WeightsFormat& format) {
  std::vector<std::vector<TensorEntry>> shards(1);
  int64_t size = 0;
  for (const TensorEntry& entry : entries) {
    int64_t bytes = written_size(entry, format.dtype);
    if (!shards.back().empty() && bytes > format.max_shard_size - size) {
      shards.emplace_back();
      size = 0;
    }
    shards.back().push_back(entry);
    size += bytes;
  }
  return shards;
}

void write_shard(const std::string& path, std::vector<TensorEntry> entries, DType dtype) {
  for (TensorEntry& entry : entries)
    if (dtype != DType::I8 && entry.dtype != dtype) entry = converted(entry, dtype);
  write_safetensors(path, std::move(entries));
}

// What a directory has instead of weights that are read here, as the end of a sentence.
std::string usual_cause(const std::string& directory) {
  constexpr std::string_view kForeign[] = {".msgpack", ".h5",    ".gguf", ".onnx",
                                           ".ckpt",    ".index", ".pth",  ".pt"};
  std::error_code error;
  std::string shard;
  for (const auto& item : std::filesystem::directory_iterator(directory, error)) {
    std::string name = item.path().filename().string();
    for (std::string_view end : kForeign)
      if (name.ends_with(end))
        return fmt::format("; {} is of another program: load and save it with transformers", name);
    if (name.starts_with("adapter_model.")) return "; an adapter has no model's weights";
    if (name.find("-of-0") != name.npos) shard = name;
  }
  return shard.empty() ? "" : fmt::format("; {} needs its index: download it too", shard);
}

}  // namespace

bool Weights::exist(const std::string& directory) {
  for (const Naming& naming : {kSafetensors, kPytorch})
    if (is_there(directory + "/" + naming.only()) || is_there(directory + "/" + naming.index()))
      return true;
  return false;
}

std::vector<std::string> Weights::names_in(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    std::string name = entry.path().filename().string();
    if (kSafetensors.has(name) || kPytorch.has(name)) names.push_back(name);
  }
  return names;
}

Weights Weights::open(const std::string& directory) {
  Weights weights;
  for (const Naming& naming : {kSafetensors, kPytorch}) {
    weights.path_ = directory + "/" + naming.only();
    if (is_there(weights.path_)) {
      weights.entries_ = read_file_of(naming, weights.path_);
      return weights;
    }
    weights.path_ = directory + "/" + naming.index();
    if (is_there(weights.path_)) {
      weights.entries_ = read_shards(naming, directory);
      return weights;
    }
  }
  fail("{}: no weights here: neither {} nor {}, nor an index of either{}", directory,
       kSafetensors.only(), kPytorch.only(), usual_cause(directory));
}

int64_t write_weights(const std::string& directory, const std::vector<TensorEntry>& entries,
                      const WeightsFormat& format) {
  auto shards = split(format.dtype == DType::I8 ? quantized(entries) : entries, format);
  if (shards.size() == 1) {
    write_shard(directory + "/" + kSafetensors.only(), shards[0], format.dtype);
    return 1;
  }
  Json map;
  int64_t total = 0;
  for (size_t i = 0; i < shards.size(); ++i) {
    std::string file = kSafetensors.shard(i + 1, shards.size());
    write_shard(directory + "/" + file, shards[i], format.dtype);
    for (const TensorEntry& entry : shards[i]) {
      map[entry.name] = file;
      total += written_size(entry, format.dtype);
    }
  }
  write_file(directory + "/" + kSafetensors.index(),
             json_text({{"metadata", {{"total_size", total}}}, {"weight_map", map}}));
  return static_cast<int64_t>(shards.size());
}

}  // namespace t5
