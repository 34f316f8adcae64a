// Files of torch.save, put together by hand: nothing in the library writes them.
#pragma once

#include <filesystem>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "t5/files/atomic_file.h"
#include "t5/files/pytorch/pickle_value.h"
#include "t5/files/safetensors.h"
#include "tensor/shape.h"

namespace t5::testing {

// Numbers as they lie in memory, each in the width of its type.
template <class... Numbers>
std::string bytes_of(Numbers... numbers) {
  std::string bytes;
  (bytes.append(reinterpret_cast<const char*>(&numbers), sizeof numbers), ...);
  return bytes;
}

// A zip archive of these names and contents, every size and offset of its directory in a zip64
// field. Fields that no reader of ours looks at are 0.
inline std::string zip_of(const std::vector<std::pair<std::string, std::string>>& members) {
  constexpr uint32_t kIn64 = 0xffffffff;
  std::string archive, directory;
  for (const auto& [name, content] : members) {
    uint64_t size = content.size(), begin = archive.size();
    auto length = static_cast<uint16_t>(name.size());
    uint64_t stored = 0;  // flags, method, time and date
    archive += "PK\3\4" + bytes_of(uint16_t{45}, stored, uint32_t{0}, kIn64, kIn64, length) +
               bytes_of(uint16_t{0}) + name + content;
    directory += "PK\1\2" + bytes_of(uint32_t{45}, stored, uint32_t{0}, kIn64, kIn64, length) +
                 bytes_of(uint16_t{28}, uint64_t{0}, uint16_t{0}, kIn64) + name +
                 bytes_of(uint16_t{1}, uint16_t{24}, size, size, begin);
  }
  uint64_t begin = archive.size(), end = begin + directory.size(), count = members.size();
  return archive + directory + "PK\6\6" + bytes_of(uint64_t{44}, uint64_t{0}, uint32_t{0}) +
         bytes_of(count, count, end - begin, begin) + "PK\6\7" +
         bytes_of(uint32_t{0}, end, uint32_t{1}) + "PK\5\6" +
         bytes_of(uint64_t{0}, kIn64, kIn64, uint16_t{0});
}

// The pickle's parts: a string of up to 255 bytes, an integer of 1 or 8 bytes, a storage, and a
// tensor with its storage, shape and strides given as what stands between a tuple's parentheses.
inline std::string text(const std::string& value) {
  return "X" + bytes_of(static_cast<uint32_t>(value.size())) + value;
}
inline std::string integer(int value) { return std::string("K") + static_cast<char>(value); }
inline std::string large(int64_t value) { return "\x8a\x08" + bytes_of(value); }
inline std::string storage(const std::string& size,
                           const std::string& type = "torch\nFloatStorage\n",
                           const std::string& key = "0") {
  return "(" + text("storage") + "c" + type + text(key) + text("cpu") + size + "tQ";
}
inline std::string tensor(const std::string& held, const std::string& offset,
                          const std::string& shape, const std::string& strides) {
  return "ctorch._utils\n_rebuild_tensor_v2\n(" + held + offset + "(" + shape + "t(" + strides +
         "t\x89}tR";
}

// A dictionary of these tensors, which lie row by row, each in a storage of its own.
inline std::string torch_file(const std::vector<TensorEntry>& entries) {
  std::string pickle = "\x80\x02}(";
  std::vector<std::pair<std::string, std::string>> members;
  for (const TensorEntry& entry : entries) {
    std::string type, shape, strides, key = std::to_string(members.size());
    for (const StorageType& known : kStorageTypes)
      if (known.dtype == entry.dtype) type = known.name;
    type.replace(type.find('.'), 1, "\n");
    for (int64_t extent : entry.shape) shape += large(extent);
    for (int64_t stride : row_major_strides(Shape(entry.shape))) strides += large(stride);
    pickle += text(entry.name) +
              tensor(storage(large(entry.count()), type + "\n", key), integer(0), shape, strides);
    members.emplace_back("m/data/" + key,
                         std::string(reinterpret_cast<const char*>(entry.data), entry.size));
  }
  members.emplace_back("m/data.pkl", pickle + "u.");
  return zip_of(members);
}

// Turns the weights of a model directory, model.safetensors or several files with an index, into
// pytorch_model.bin or several with an index.
inline void turn_into_torch_files(const std::string& directory) {
  std::vector<std::filesystem::path> paths;
  for (const auto& file : std::filesystem::directory_iterator(directory))
    if (file.path().string().find(".safetensors") != std::string::npos)
      paths.push_back(file.path());
  const std::regex pattern("model([-0-9a-z]*)\\.safetensors");
  auto renamed = [&](const std::string& s) {
    return std::regex_replace(s, pattern, "pytorch_model$1.bin");
  };
  for (const auto& path : paths) {
    std::string target = directory + "/" + renamed(path.filename().string());
    if (path.extension() == ".json")
      write_file(target, renamed(read_file(path)));
    else
      write_file(target, torch_file(SafetensorsFile::open(path).entries()));
    std::filesystem::remove(path);
  }
}

}  // namespace t5::testing
