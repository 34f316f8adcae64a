// Strides, conversion and lookup; see tensor_entry.h.
#include "t5/files/tensor_entry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "tensor/error.h"
#include "tensor/ops/finite.h"

namespace t5 {
namespace {

// Reads axis `axis` and those after it, whose first element is element `at`; returns the end of
// what was written.
template <class T>
T* read_axis(const TensorEntry& entry, size_t axis, int64_t at, T* out) {
  if (axis == entry.shape.size()) {
    read_values(entry.dtype, entry.data + at * static_cast<int64_t>(dtype_size(entry.dtype)), 1,
                out);
    return out + 1;
  }
  for (int64_t i = 0; i < entry.shape[axis]; ++i)
    out = read_axis(entry, axis + 1, at + i * entry.strides[axis], out);
  return out;
}

}  // namespace

TensorEntry entry_of(const std::string& name, const Tensor& value) {
  return {name,
          kRealType,
          {value.shape().begin(), value.shape().end()},
          reinterpret_cast<const std::byte*>(value.data()),
          static_cast<size_t>(value.size()) * sizeof(real)};
}

size_t byte_size(const std::vector<int64_t>& shape, DType dtype, const std::string& place) {
  // A zero anywhere makes the product zero, whatever the other dimensions multiply to.
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  auto size = static_cast<int64_t>(dtype_size(dtype));
  for (int64_t dimension : shape) {
    check(!__builtin_mul_overflow(size, dimension, &size), "{}: shape [{}] is too large", place,
          fmt::join(shape, ", "));
  }
  return static_cast<size_t>(size);
}

const TensorEntry* find_entry(const std::vector<TensorEntry>& entries, std::string_view name) {
  auto found = std::lower_bound(entries.begin(), entries.end(), name,
                                [](const TensorEntry& entry, auto n) { return entry.name < n; });
  return found != entries.end() && found->name == name ? &*found : nullptr;
}

template <class T>
void read_entry(const TensorEntry& entry, T* out) {
  if (entry.strides.empty())
    read_values(entry.dtype, entry.data, entry.count(), out);
  else if (entry.size > 0)
    read_axis(entry, 0, 0, out);
}

template void read_entry(const TensorEntry&, float*);
template void read_entry(const TensorEntry&, double*);

namespace {

// "(3, 5)": element `at` of the shape, row by row.
std::string index_text(const std::vector<int64_t>& shape, int64_t at) {
  std::vector<int64_t> index(shape.size());
  for (size_t axis = shape.size(); axis-- > 0; at /= shape[axis]) index[axis] = at % shape[axis];
  return fmt::format("({})", fmt::join(index, ", "));
}

}  // namespace

void check_finite(const TensorEntry& entry, const std::string& place) {
  if (!is_floating(entry.dtype) || !entry.strides.empty()) return;
  real values[1024];
  for (int64_t at = 0; at < entry.count(); at += 1024) {
    int64_t n = std::min<int64_t>(1024, entry.count() - at);
    read_values(entry.dtype, entry.data + at * dtype_size(entry.dtype), n, values);
    if (all_finite(values, n)) continue;
    real* bad = std::find_if(values, values + n, [](real v) { return !std::isfinite(v); });
    fail("{}: {} holds {} at {}: the run that made it diverged; take an earlier checkpoint", place,
         entry.name, std::isnan(*bad) ? "NaN" : "infinity",
         index_text(entry.shape, at + (bad - values)));
  }
}

TensorEntry converted(const TensorEntry& entry, DType dtype) {
  check(entry.strides.empty(), "{}: its elements do not lie row by row", entry.name);
  auto bytes = std::make_shared<std::vector<std::byte>>(entry.count() * dtype_size(dtype));
  double values[256], written[256];
  for (int64_t at = 0; at < entry.count(); at += 256) {
    int64_t n = std::min<int64_t>(256, entry.count() - at);
    std::byte* out = bytes->data() + at * dtype_size(dtype);
    read_values(entry.dtype, entry.data + at * dtype_size(entry.dtype), n, values);
    write_values(dtype, values, n, out);
    read_values(dtype, out, n, written);
    for (int64_t i = 0; i < n; ++i)
      check(!std::isfinite(values[i]) || std::isfinite(written[i]),
            "{}: holds {}, too large for {}; choose {}float32", entry.name, values[i],
            dtype_name(dtype), dtype == DType::BF16 ? "" : "bfloat16 or ");
  }
  return {entry.name, dtype, entry.shape, bytes->data(), bytes->size(), {}, bytes};
}

}  // namespace t5
