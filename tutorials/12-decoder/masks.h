// Chapter 12's pictures of masks: what they leave of one set of scores, and which token of a text
// depends on which in three architectures. As SVG text.
#pragma once

#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace t5 {

// The weights of one fresh head over seven tokens: every token seen, the past alone, and the past
// behind a prefix of three that is seen whole.
std::string masks_svg();

// Entry (i, j): how strongly the state of token i depends on token j, measured by gradients. The
// first kSource tokens are what is read, the others what is written.
constexpr int64_t kSource = 5, kTokens = 9;
struct Architecture {
  const char* name;
  const char* stacks;
  Tensor depends;  // (kTokens, kTokens)
};
std::vector<Architecture> three_architectures();

std::string architectures_svg(const std::vector<Architecture>& all);

}  // namespace t5
