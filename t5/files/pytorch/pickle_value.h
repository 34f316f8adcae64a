// What the stack machine of pickle.cpp works on: the values on its stack, and the names that the
// pickle of a dictionary of tensors may ask for.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <vector>

#include "t5/files/data_type.h"

namespace t5 {

inline constexpr std::string_view kDictionary = "collections.OrderedDict";
inline constexpr std::string_view kTensor = "torch._utils._rebuild_tensor_v2";
inline constexpr std::string_view kParameter = "torch._utils._rebuild_parameter";

struct StorageType {
  std::string_view name;
  DType dtype;
};
inline constexpr StorageType kStorageTypes[] = {
    {"torch.FloatStorage", DType::F32},     {"torch.HalfStorage", DType::F16},
    {"torch.BFloat16Storage", DType::BF16}, {"torch.DoubleStorage", DType::F64},
    {"torch.LongStorage", DType::I64},      {"torch.IntStorage", DType::I32},
    {"torch.ShortStorage", DType::I16},     {"torch.CharStorage", DType::I8},
    {"torch.ByteStorage", DType::U8},       {"torch.BoolStorage", DType::BOOL}};

// Null when there is none of that name.
inline const StorageType* storage_type(std::string_view name) {
  auto found = std::find_if(std::begin(kStorageTypes), std::end(kStorageTypes),
                            [&](const StorageType& type) { return type.name == name; });
  return found != std::end(kStorageTypes) ? found : nullptr;
}

// What stands on the stack.
struct PickleValue {
  enum Kind { kNone, kBoolean, kInteger, kString, kTuple, kDict, kGlobal, kStorage, kTensor };
  Kind kind = kNone;
  int64_t number = 0;                     // a boolean's or integer's value; a storage's elements
  std::string_view text;                  // a string; a global's name; a storage's key
  std::vector<const PickleValue*> items;  // of a tuple; a dict's keys and values in turn
  DType dtype = DType::F32;               // a storage's
  const PickleValue* storage = nullptr;   // a tensor's, with items = {offset, shape, strides}
};

inline const char* kind_name(PickleValue::Kind kind) {
  constexpr const char* kNames[] = {"None",     "a boolean", "an integer",
                                    "a string", "a tuple",   "a dictionary",
                                    "a name",   "a storage", "a tensor"};
  return kNames[kind];
}

}  // namespace t5
