#include "tutorials/18-t5-small/reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "t5/files/mapped_file.h"
#include "tensor/error.h"

namespace t5::lesson {

Parts cut(std::span<const std::byte> file, const std::string& path) {
  // exercise 18-t5-small/header — eight bytes say how long the header is
  check(file.size() >= 8, "{}: {} bytes are too few for a safetensors file", path, file.size());
  uint64_t length = 0;
  for (size_t i = 8; i-- > 0;) length = length << 8 | std::to_integer<uint64_t>(file[i]);
  uint64_t rest = file.size() - 8;
  check(length <= rest,
        "{}: a header of {} bytes, but only {} follow; not a whole safetensors file", path, length,
        rest);
  auto text = reinterpret_cast<const char*>(file.data()) + 8;
  return {{text, length}, file.subspan(8 + length)};
  // end exercise
}

TensorEntry entry_of(const std::string& name, const JsonObject& member,
                     std::span<const std::byte> values) {
  const std::string& place = member.name();
  auto offsets = member.integers("data_offsets", 0, INT64_MAX);
  check(offsets.size() == 2, "{}: {} data_offsets; expected 2", place, offsets.size());
  auto begin = static_cast<size_t>(offsets[0]), end = static_cast<size_t>(offsets[1]);
  // exercise 18-t5-small/entry — type and shape say how many bytes it must be, offsets where
  TensorEntry entry;
  entry.name = name;
  entry.dtype = parse_dtype(member.string("dtype"));
  entry.shape = member.integers("shape", 0, INT64_MAX);
  entry.size = byte_size(entry.shape, entry.dtype, place);
  check(begin <= end && end <= values.size(), "{}: bytes {} to {} are no part of the {} of values",
        place, begin, end, values.size());
  check(end - begin == entry.size, "{}: {} [{}] takes {} bytes, the offsets give it {}", place,
        dtype_name(entry.dtype), fmt::join(entry.shape, ", "), entry.size, end - begin);
  entry.data = values.data() + begin;
  return entry;
  // end exercise
}

std::vector<TensorEntry> read_tensors(const std::string& path) {
  auto file = MappedFile::open(path);
  auto [header, values] = cut(file->bytes(), path);
  JsonObject members(parse_json(header, path), path);
  std::vector<TensorEntry> entries;
  for (const auto& item : members.value().items()) {  // in the order of names
    if (item.key() == "__metadata__") continue;
    entries.push_back(entry_of(item.key(), members.object(item.key()), values));
    entries.back().owner = file;
  }
  return entries;
}

}  // namespace t5::lesson
