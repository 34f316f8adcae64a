// The tokenizer that transformers makes of a vocabulary: steps make words of a text, each word is
// cut into pieces by itself, in the arithmetic of the tokenizers library.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "t5/text/piece_model.h"
#include "t5/text/steps/text_steps.h"
#include "t5/text/tokenizer.h"

namespace t5 {

struct StepVocabulary {
  std::vector<Piece> pieces;
  int32_t unk_id = 0;
  bool byte_fallback = false;
  Normalization normalization;  // empty: none
  Splitting splitting;
  Joining joining;
};

// Errors call the vocabulary `name`.
std::unique_ptr<Tokenizer> make_step_tokenizer(StepVocabulary vocabulary, const std::string& name,
                                               const TokenizerOptions& options);

}  // namespace t5
