// From labels and answers in text to what a model with a task head is trained on, and back to the
// words and tokens of an input.
#pragma once

#include <string>
#include <vector>

#include "t5/model/model.h"
#include "t5/text/examples.h"
#include "t5/text/tokenizer.h"

namespace t5 {

// A text word by word, as token classification sees it: each word is encoded on its own, and its
// label is that of its first token.
struct Words {
  std::vector<std::string> words;  // between white space
  Ids ids;                         // of all words, then eos
  std::vector<int64_t> first;      // the first token of each word
};
Words split_words(const std::string& text, const Tokenizer& tokenizer);

// "question: … context: …" as tokens, and the one with which the context begins.
struct Passage {
  Ids ids;  // with eos
  int64_t context = 0;
};
// Throws Error when there is no " context: " in the text.
Passage split_passage(const std::string& text, const Tokenizer& tokenizer);

// An example for a model with this head. The target's text is a label; a label for each word,
// separated by blanks; or an answer that stands in the context, word for word. Throws Error, naming
// the target and the remedy, when it is not.
TokenPair task_pair(const Example& example, const Tokenizer& tokenizer, const Config& config);

}  // namespace t5
