// The archive's parts put together; see pytorch_file.h.
#include "t5/files/pytorch/pytorch_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "t5/files/pytorch/pickle.h"
#include "t5/files/pytorch/zip.h"
#include "tensor/error.h"
#include "tensor/shape.h"

namespace t5 {
namespace {

using Members = std::map<std::string, std::span<const std::byte>>;

constexpr std::string_view kZip = "PK\3\4";
constexpr std::string_view kLegacy = "\x80\x02\x8a\x0a";  // a pickled number of ten bytes
// Embeddings are stored under up to four names that share one storage.
constexpr size_t kMaxSharing = 4;

void check_kind(const MappedFile& file) {
  std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  check(!text.starts_with(kLegacy),
        "{}: written in the format of PyTorch before 1.6; save it again there: "
        "torch.save(torch.load(FILE, weights_only=True), FILE)",
        file.path());
  check(text.starts_with(kZip), "{}: not a file of torch.save: it is no zip archive", file.path());
}

// The name that all members begin with, "archive/".
std::string find_prefix(const MappedFile& file, const Members& members) {
  for (const auto& [name, bytes] : members)
    if (size_t slash = name.find('/'); slash != name.npos && name.substr(slash) == "/data.pkl")
      return name.substr(0, slash + 1);
  fail("{}: not a file of torch.save: the archive has no data.pkl", file.path());
}

// One more than the index of the last element of the tensor in its storage; 0 when it has none.
int64_t end_of(const PickledTensor& tensor, const std::string& place) {
  int64_t last = tensor.offset;
  for (size_t i = 0; i < tensor.shape.size(); ++i) {
    if (tensor.shape[i] == 0) return 0;
    int64_t reach;
    check(!__builtin_mul_overflow(tensor.shape[i] - 1, tensor.strides[i], &reach) &&
              !__builtin_add_overflow(last, reach, &last),
          "{}: shape [{}] with strides [{}] is too large", place, fmt::join(tensor.shape, ", "),
          fmt::join(tensor.strides, ", "));
  }
  check(last < INT64_MAX, "{}: offset {} is too large", place, tensor.offset);
  return last + 1;
}

bool is_row_major(const PickledTensor& tensor) {
  Shape expected = row_major_strides(Shape(tensor.shape));
  for (size_t i = 0; i < tensor.shape.size(); ++i)
    if (tensor.shape[i] > 1 && tensor.strides[i] != expected[static_cast<int>(i)]) return false;
  return true;
}

TensorEntry entry_of(const PickledTensor& tensor, std::span<const std::byte> storage,
                     const std::string& place) {
  size_t width = dtype_size(tensor.dtype), held = storage.size() / width;
  check(tensor.storage_size >= 0 && static_cast<size_t>(tensor.storage_size) <= held,
        "{}: its storage of {} {} elements has {} bytes", place, tensor.storage_size,
        dtype_name(tensor.dtype), storage.size());
  check(tensor.offset >= 0 && end_of(tensor, place) <= tensor.storage_size,
        "{}: shape [{}] with strides [{}] from element {} leaves its storage of {} elements", place,
        fmt::join(tensor.shape, ", "), fmt::join(tensor.strides, ", "), tensor.offset,
        tensor.storage_size);
  TensorEntry entry;
  entry.name = tensor.name;
  entry.dtype = tensor.dtype;
  entry.shape = tensor.shape;
  entry.size = byte_size(tensor.shape, tensor.dtype, place);
  entry.data = storage.data() + (entry.size > 0 ? tensor.offset * width : 0);
  if (entry.size > 0 && !is_row_major(tensor)) entry.strides = tensor.strides;
  return entry;
}

// Tensors that share storages could describe far more numbers than the file holds.
void check_total(const MappedFile& file, const std::vector<TensorEntry>& entries) {
  size_t total = 0;
  for (const TensorEntry& entry : entries) {
    total += std::min(entry.size, kMaxSharing * file.size() + 1);
    check(total <= kMaxSharing * file.size(),
          "{}: its tensors would take more than {} times the file's {} bytes", file.path(),
          kMaxSharing, file.size());
  }
}

void sort_by_name(const std::string& path, std::vector<TensorEntry>& entries) {
  auto name = [](const TensorEntry& entry) { return std::string_view(entry.name); };
  std::sort(entries.begin(), entries.end(),
            [&](const auto& a, const auto& b) { return name(a) < name(b); });
  auto twice = std::adjacent_find(entries.begin(), entries.end(),
                                  [&](const auto& a, const auto& b) { return name(a) == name(b); });
  if (twice != entries.end()) fail("{}: {}: two tensors have this name", path, twice->name);
}

}  // namespace

std::vector<TensorEntry> read_pytorch(const std::string& path) {
  auto file = MappedFile::open(path);
  check_kind(*file);
  Members members = read_zip(*file);
  std::string prefix = find_prefix(*file, members);
  auto order = members.find(prefix + "byteorder");
  check(order == members.end() || order->second.size() != 3,  // "big"
        "{}: its numbers are big-endian; save it again on a little-endian machine", path);
  std::vector<TensorEntry> entries;
  for (const PickledTensor& tensor : read_pickle(members.at(prefix + "data.pkl"), path)) {
    std::string place = fmt::format("{}: {}", path, tensor.name);
    auto storage = members.find(fmt::format("{}data/{}", prefix, tensor.storage));
    check(storage != members.end(), "{}: its storage data/{} is missing", place, tensor.storage);
    entries.push_back(entry_of(tensor, storage->second, place));
    entries.back().owner = file;
  }
  check_total(*file, entries);
  sort_by_name(path, entries);
  return entries;
}

}  // namespace t5
