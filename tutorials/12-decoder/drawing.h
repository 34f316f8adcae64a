// The pictures of chapter 12, as SVG text: the whole T5, where its parameters lie, who sees whom.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "t5/model/config.h"
#include "tensor/tensor.h"

namespace t5 {

// What parameters are counted by.
constexpr std::array<const char*, 7> kParts = {"embedding and head",      "encoder self-attention",
                                               "encoder feed-forward",    "decoder self-attention",
                                               "decoder cross-attention", "decoder feed-forward",
                                               "norms, position biases"};
// The parameters of a language model of this shape, by part.
std::array<int64_t, kParts.size()> parameters_by_part(const Config& config);

// A bar for each preset, divided among the parts.
std::string parameters_svg(const std::vector<std::string>& presets);

// Two matrices of squares, dark where a row (a target token) depends on a column.
std::string views_svg(const Tensor& source, const Tensor& target);

// Encoder and decoder with every sublayer, and the shapes between them.
std::string architecture_svg(const Config& config);

}  // namespace t5
