// How much of a text a vocabulary does not know.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "t5/text/tokenizer.h"

namespace t5 {

// The share of the visible characters of `text` for which its `ids` have nothing but <unk>, from 0
// to 1. One <unk> may stand for many characters, and so they are counted in the text, less those
// that decoding the other ids gives back.
double unknown_share(const Tokenizer& tokenizer, std::string_view text,
                     std::span<const int32_t> ids);

}  // namespace t5
