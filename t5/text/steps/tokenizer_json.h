// tokenizer.json, the only vocabulary in a directory that transformers 5 saved: pieces with their
// scores, and the steps between a text and the words that are cut into pieces.
//
// Files since 2020 are read: those without `type` in `model`, too. Where normalizer, pre_tokenizer,
// post_processor or decoder is missing or null, the step is T5's own. `truncation` and `padding`
// mean nothing before somebody asks for them, as in transformers.
#pragma once

#include <string>

#include "t5/text/steps/step_tokenizer.h"
#include "t5/text/tokenizer.h"

namespace t5 {

struct JsonVocabulary {
  StepVocabulary steps;
  std::string eos;  // what the post-processor ends a text with; empty: the file does not say
};

// `legacy` (see TokenizerOptions) counts where the file has no pre-tokeniser. Throws Error for
// anything but a Unigram vocabulary, for a step that is not known (text_steps.h), and for a
// post-processor that does more than to end a text with one token.
JsonVocabulary read_tokenizer_json(const std::string& path, bool legacy = false);

}  // namespace t5
