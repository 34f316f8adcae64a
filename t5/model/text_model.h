// A model with its tokenizer: what reads text and writes text.
#pragma once

#include <memory>
#include <string>

#include "t5/model/directory.h"
#include "t5/text/tokenizer.h"

namespace t5 {

// The ids on one line. What is not an id from 0 to vocab_size - 1 throws, naming `place`.
Ids parse_ids(const std::string& line, const std::string& place, int64_t vocab_size);

struct TextModel {
  std::unique_ptr<Model> model;
  std::unique_ptr<Tokenizer> tokenizer;  // null: text is ids, with blanks between them

  const Config& config() const { return model->config(); }

  // The ids of a text, with eos. Without a tokenizer the text is the ids as they are; a mistake in
  // them, and none at all, throws, naming `place`.
  Ids read(const std::string& text, const std::string& place) const;
  // The same without eos at the end, for what is a part of something longer.
  Ids read_part(const std::string& text, const std::string& place) const;
  std::string write(const Ids& ids) const;  // on one line
};

// Loads the model of a directory and its tokenizer; none where text is ids. A tokenizer with more
// ids than the model has rows throws.
TextModel load_text_model(const std::string& directory, const LoadOptions& options,
                          bool ids = false);

}  // namespace t5
