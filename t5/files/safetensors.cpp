// Verifying and writing headers; see safetensors.h.
#include "t5/files/safetensors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <utility>

#include "t5/files/atomic_file.h"
#include "t5/files/json.h"
#include "tensor/error.h"

namespace t5 {
namespace {

static_assert(std::endian::native == std::endian::little);
constexpr uint64_t kMaxHeader = 100'000'000;  // bytes; the reference's bound
constexpr size_t kLengthBytes = 8;            // the header's length stands before it
constexpr size_t kAlignment = 64;             // of the first value in files we write

// One member of the header; `values` is the part of the file after the header.
TensorEntry parse_entry(const std::string& name, const JsonObject& object,
                        std::span<const std::byte> values) {
  const std::string& place = object.name();
  TensorEntry entry;
  entry.name = name;
  std::string dtype = object.string("dtype");
  try {
    entry.dtype = parse_dtype(dtype);
  } catch (const Error& error) {
    fail("{}: {}", place, error.what());
  }
  entry.shape = object.integers("shape", 0, INT64_MAX);
  entry.size = byte_size(entry.shape, entry.dtype, place);

  auto offsets = object.integers("data_offsets", 0, INT64_MAX);
  check(offsets.size() == 2, "{}: expected 2 data_offsets, found {}", place, offsets.size());
  auto begin = static_cast<size_t>(offsets[0]), end = static_cast<size_t>(offsets[1]);
  check(begin <= end && end <= values.size(),
        "{}: data_offsets [{}, {}] are not a range within the {} bytes of values; "
        "the file may be cut short",
        place, begin, end, values.size());
  check(end - begin == entry.size, "{}: {} [{}] takes {} bytes, but data_offsets [{}, {}] span {}",
        place, dtype, fmt::join(entry.shape, ", "), entry.size, begin, end, end - begin);
  entry.data = values.data() + begin;
  return entry;
}

// The format wants every byte to belong to exactly one tensor.
void check_coverage(const std::string& path, const std::vector<TensorEntry>& entries,
                    std::span<const std::byte> values) {
  std::vector<const TensorEntry*> order;
  for (const TensorEntry& entry : entries) order.push_back(&entry);
  std::sort(order.begin(), order.end(), [](auto* a, auto* b) {
    return std::pair(a->data, a->size) < std::pair(b->data, b->size);
  });
  const std::byte* end = values.data();
  for (const TensorEntry* entry : order) {
    check(entry->data == end, "{}: {}: begins at byte {} of the values, expected {} ({})", path,
          entry->name, entry->data - values.data(), end - values.data(),
          entry->data < end ? "tensors overlap" : "no tensor owns the bytes between");
    end += entry->size;
  }
  auto covered = static_cast<size_t>(end - values.data());
  check(covered == values.size(), "{}: {} bytes follow the last tensor", path,
        values.size() - covered);
}

std::map<std::string, std::string> parse_metadata(const JsonObject& object) {
  std::map<std::string, std::string> metadata;
  for (const auto& item : object.value().items()) metadata[item.key()] = object.string(item.key());
  return metadata;
}

// The header's bytes, verified to lie within the file.
std::string_view header_of(const MappedFile& file) {
  const std::string& path = file.path();
  check(file.size() >= kLengthBytes, "{}: {} bytes are too few for a safetensors file", path,
        file.size());
  check(std::memcmp(file.data(), "PK\3\4", 4) != 0,
        "{}: is a zip archive, as of torch.save, not safetensors; unpack it, or name it "
        "pytorch_model.bin",
        path);
  uint64_t length;
  std::memcpy(&length, file.data(), kLengthBytes);
  check(length <= kMaxHeader,
        "{}: not a safetensors file: its first 8 bytes give a header of {} bytes, above {}", path,
        length, kMaxHeader);
  check(length <= file.size() - kLengthBytes,
        "{}: the header of {} bytes ends after the file ({} bytes); the file may be cut short",
        path, length, file.size());
  return {reinterpret_cast<const char*>(file.data()) + kLengthBytes, static_cast<size_t>(length)};
}

// Sorts as the file is laid out: falling element size, then name. Verifies names and sizes.
void prepare(const std::string& path, std::vector<TensorEntry>& entries) {
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::pair(dtype_size(b.dtype), std::string_view(a.name)) <
           std::pair(dtype_size(a.dtype), std::string_view(b.name));
  });
  for (const TensorEntry& entry : entries) {
    std::string place = fmt::format("{}: {}", path, entry.name);
    check(entry.name != "__metadata__", "{}: a tensor cannot have this name", place);
    for (int64_t dimension : entry.shape)
      check(dimension >= 0, "{}: negative dimension {}", place, dimension);
    size_t expected = byte_size(entry.shape, entry.dtype, place);
    check(entry.size == expected, "{}: {} [{}] takes {} bytes, {} given", place,
          dtype_name(entry.dtype), fmt::join(entry.shape, ", "), expected, entry.size);
  }
}

std::string make_header(const std::string& path, const std::vector<TensorEntry>& entries,
                        const std::map<std::string, std::string>& metadata) {
  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  size_t offset = 0;
  for (const TensorEntry& entry : entries) {
    check(!header.contains(entry.name), "{}: {}: two tensors have this name", path, entry.name);
    header[entry.name] = {{"dtype", dtype_name(entry.dtype)},
                          {"shape", entry.shape},
                          {"data_offsets", {offset, offset + entry.size}}};
    offset += entry.size;
  }
  try {
    std::string text = header.dump();
    size_t end = kLengthBytes + text.size();
    text.append((kAlignment - end % kAlignment) % kAlignment, ' ');
    check(text.size() <= kMaxHeader, "{}: a header of {} bytes is above the format's {}", path,
          text.size(), kMaxHeader);
    return text;
  } catch (const Json::exception& error) {  // a name that is not UTF-8
    fail("{}: cannot write the header: {}", path, error.what());
  }
}

}  // namespace

SafetensorsFile SafetensorsFile::open(const std::string& path) {
  SafetensorsFile result;
  result.file_ = MappedFile::open(path);
  std::string_view header = header_of(*result.file_);
  auto values = result.file_->bytes().subspan(kLengthBytes + header.size());
  check(header.starts_with('{'), "{}: not a safetensors file: the header is not a JSON object",
        path);
  JsonObject members(parse_json(header, path), path);
  for (const auto& item : members.value().items()) {  // in the order of names
    JsonObject member = members.object(item.key());
    if (item.key() == "__metadata__") {
      result.metadata_ = parse_metadata(member);
    } else {
      result.entries_.push_back(parse_entry(item.key(), member, values));
      result.entries_.back().owner = result.file_;
    }
  }
  check_coverage(path, result.entries_, values);
  return result;
}

const TensorEntry* SafetensorsFile::find(const std::string& name) const {
  return find_entry(entries_, name);
}

void write_safetensors(const std::string& path, std::vector<TensorEntry> entries,
                       const std::map<std::string, std::string>& metadata) {
  prepare(path, entries);
  std::string header = make_header(path, entries, metadata);
  uint64_t length = header.size();
  AtomicFile file(path);
  file.write(&length, kLengthBytes);
  file.write(header);
  for (const TensorEntry& entry : entries) file.write(entry.data, entry.size);
  file.commit();
}

}  // namespace t5
