// The program that rebuilds a dictionary of tensors; see pickle.h.
#include <fmt/core.h>

#include "t5/files/pytorch/pickle.h"
#include "t5/files/pytorch/pickle_names.h"
#include "tensor/error.h"
#include "tensor/shape.h"

namespace t5 {
namespace {

// Strings and numbers as pickle writes them, little-endian.
template <class T>
void append(std::string& text, char operation, T number) {
  text += operation;
  text.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void append_string(std::string& text, std::string_view value) {
  append(text, 'X', static_cast<uint32_t>(value.size()));
  text += value;
}

void append_integer(std::string& text, int64_t value) {
  if (value < 256) return append(text, 'K', static_cast<uint8_t>(value));
  if (value <= INT32_MAX) return append(text, 'J', static_cast<int32_t>(value));
  text += "\x8a\x08";  // LONG1 of 8 bytes
  text.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void append_global(std::string& text, std::string_view name) {
  size_t dot = name.rfind('.');
  text += fmt::format("c{}\n{}\n", name.substr(0, dot), name.substr(dot + 1));
}

void append_tuple(std::string& text, const std::vector<int64_t>& values) {
  text += '(';
  for (int64_t value : values) append_integer(text, value);
  text += 't';
}

std::vector<int64_t> row_major(const std::vector<int64_t>& shape) {
  Shape strides = row_major_strides(Shape(shape));
  return {strides.begin(), strides.end()};
}

std::string_view type_name(DType dtype) {
  for (const StorageType& type : kStorageTypes)
    if (type.dtype == dtype) return type.name;
  fail("pickle_of: PyTorch has no storage of {}", dtype_name(dtype));
}

// name, _rebuild_tensor_v2(("storage", type, key, "cpu", size), 0, shape, strides, False, {})
void append_tensor(std::string& text, const TensorEntry& entry, size_t storage) {
  append_string(text, entry.name);
  append_global(text, kTensor);
  text += "((";
  append_string(text, "storage");
  append_global(text, type_name(entry.dtype));
  append_string(text, std::to_string(storage));
  append_string(text, "cpu");
  append_integer(text, entry.count());
  text += "tQ";
  append_integer(text, 0);
  append_tuple(text, entry.shape);
  append_tuple(text, row_major(entry.shape));
  text += '\x89';
  append_global(text, kDictionary);
  text += ")RtR";
}

}  // namespace

std::string pickle_of(const std::vector<TensorEntry>& entries) {
  std::string text = "\x80\x02";
  append_global(text, kDictionary);
  text += ")R(";
  for (size_t i = 0; i < entries.size(); ++i) append_tensor(text, entries[i], i);
  return text + "u.";
}

}  // namespace t5
