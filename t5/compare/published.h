// Published checkpoints, held against what is known of their answers. tutorials/published.json has
// those of the test suites of transformers and the T5 repositories.
#pragma once

#include <string>
#include <vector>

#include "t5/model/model.h"
#include "t5/text/tokenizer.h"

namespace t5 {

// One known answer. A score is log P(output | input) of the whole output, eos included; otherwise
// the output is what generation gives.
struct PublishedValue {
  std::string input, output;
  double score = 0, tolerance = 0;  // tolerance 0: the output is to be generated
  std::string task;                 // of config.json's task_specific_params; empty: greedy
  int64_t max_length = 0;           // as transformers counts it; 0: enough
};

struct PublishedAnswers {
  std::string model;  // "t5-small"
  std::vector<PublishedValue> values;
};
// Those of the model of this shape. The file is {"t5-small": [{"input": …, "output": …}, …], …},
// named as presets, each value with "score" and "tolerance" or, where it has them, "task" and
// "max_length". Throws Error for a damaged file, and when it has no model of this shape. Flan-T5
// has the shapes of v1.1, and other answers.
PublishedAnswers read_published(const std::string& path, const Config& config);

struct Verification {
  PublishedValue expected;
  std::string found;  // the text, or the score
  bool passed = false;
};
// What goes wrong while generating, such as a task that config.json lacks, is a value that failed.
Verification verify(const Model& model, const Tokenizer& tokenizer, const PublishedValue& expected);

}  // namespace t5
