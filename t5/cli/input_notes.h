// What a user should know of the texts that a command reads, said once a run.
#pragma once

#include <string>

#include "t5/cli/program.h"
#include "t5/model/text_model.h"

namespace t5 {

// Loads a model with its tokenizer as load_text_model does. Unless --quiet, the first text of which
// the vocabulary does not know half the characters makes a line on stderr, and so does the first
// that is very long; `documents` are cut before a model reads them, and may be.
TextModel load_noted_model(const std::string& directory, const LoadOptions& options,
                           const Common& common, bool ids = false, bool documents = false);

}  // namespace t5
