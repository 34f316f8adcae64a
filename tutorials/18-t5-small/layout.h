// The picture of a safetensors file: its three parts, the members of the header, and the bytes that
// the offsets of each give it. For files with few tensors of alike sizes.
#pragma once

#include <string>

namespace t5::lesson {

// The file at `path`, whose title is `title`, as SVG text.
std::string layout_svg(const std::string& path, const std::string& title);

}  // namespace t5::lesson
