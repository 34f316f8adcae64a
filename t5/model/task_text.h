// Labels and answers as text: an example as a model with a task head is trained on it, and what
// such a model answers. Columns of the table in task_head.h.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "t5/model/text_model.h"
#include "t5/text/examples.h"

namespace t5 {

// Examples; see TaskHead::encode. The target is a text, nothing, a label, a label for each word
// (between blanks), or an answer that stands in the context, word for word.
TokenPair encode_text(const Example&, const Tokenizer&, const Config&);
TokenPair encode_nothing(const Example&, const Tokenizer&, const Config&);
TokenPair encode_label(const Example&, const Tokenizer&, const Config&);
TokenPair encode_word_labels(const Example&, const Tokenizer&, const Config&);
TokenPair encode_span(const Example&, const Tokenizer&, const Config&);

// What a model answers to one input.
struct TaskAnswer {
  struct Word {
    std::string word, label;
    double probability;
  };

  std::string text;  // a label, labels between blanks, or an answer
  std::optional<double> probability = {};
  std::vector<std::pair<std::string, double>> labels = {};  // all, each with its probability
  std::vector<Word> words = {};                             // each with its label
  std::vector<int64_t> tokens = {};                         // the first and the last of an answer
};

// Answers; see TaskHead::answer. Equal to answering each line alone.
std::vector<TaskAnswer> answer_labels(const TextModel&, const std::vector<std::string>& lines,
                                      const std::vector<std::string>& places, int64_t);
std::vector<TaskAnswer> answer_word_labels(const TextModel&, const std::vector<std::string>& lines,
                                           const std::vector<std::string>& places, int64_t);
// The likeliest answer that begins and ends in the context, before eos.
std::vector<TaskAnswer> answer_spans(const TextModel&, const std::vector<std::string>& lines,
                                     const std::vector<std::string>& places, int64_t max_length);

}  // namespace t5
