// Safetensors files read by hand: the lesson's own reader, which the library does not use
// (t5/files/safetensors.h does its reading, and checks more).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "t5/files/json.h"
#include "t5/files/tensor_entry.h"

namespace t5::lesson {

// What follows the eight bytes at the beginning of a file.
struct Parts {
  std::string_view header;            // JSON, padded with blanks
  std::span<const std::byte> values;  // of all tensors; offsets count from its beginning
};

// Cuts a file in two. Throws Error, which begins with `path`, when the header does not fit into it.
Parts cut(std::span<const std::byte> file, const std::string& path);

// The tensor that one member of the header describes; its data point into `values`. Throws Error,
// which begins with member.name(), for anything that does not add up.
TensorEntry entry_of(const std::string& name, const JsonObject& member,
                     std::span<const std::byte> values);

// All tensors of the file, sorted by name. Each keeps the file mapped.
std::vector<TensorEntry> read_tensors(const std::string& path);

}  // namespace t5::lesson
