// Where a trained translator looks: the weights of its cross-attention, drawn.
#pragma once

#include <string>

#include "t5/model/model.h"
#include "t5/text/tokenizer.h"

namespace t5 {

// The weights of one head while `target` is written: a row for each token written, a column for
// each token of `input`, read behind `prefix`. Of all heads it is the one whose rows look at the
// most different columns: one that follows the sentence, and not its beginning or its end.
std::string look_svg(const Model& model, const Tokenizer& tokenizer, const std::string& prefix,
                     const std::string& input, const std::string& target);

}  // namespace t5
