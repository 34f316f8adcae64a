// Unicode's normal forms (Standard Annex 15): é as one character or as e with a mark, ﬁ as it is or
// as fi.
#pragma once

#include <string>
#include <string_view>

namespace t5 {

enum class NormalForm { kNFC, kNFD, kNFKC, kNFKD };  // C: composed, D: decomposed, K: compatible

std::string normal_form(std::string_view text, NormalForm form);

}  // namespace t5
