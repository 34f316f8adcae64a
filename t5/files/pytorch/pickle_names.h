// The names that the pickle of a dictionary of tensors may ask for. For pickle.cpp, which reads,
// and pickle_writer.cpp.
#pragma once

#include <string_view>

#include "t5/files/half.h"

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

}  // namespace t5
