// A tiny T5 that translates English to French, trained for less time than it would need: it
// hesitates, and a search has something to do.
#pragma once

#include <cmath>

#include "t5/generation/generate.h"
#include "t5/train/dataset.h"
#include "t5/train/trainer.h"
#include "tutorials/corpora/english_french/corpus.h"

namespace t5::tutorial {

constexpr const char* kPrefix = "translate English to French: ";

struct Translator {
  std::unique_ptr<Tokenizer> tokenizer;
  std::unique_ptr<Model> model;
  std::vector<TokenPair> pairs;                // that it is trained on
  std::vector<std::string> lines, references;  // sentences that it has not seen
  std::vector<Ids> inputs;
};

// Untrained, with the first `count` sentences of the corpus' test.
inline Translator make_translator(size_t count) {
  auto corpus = corpus::make_english_french({.train = 4000});
  std::vector<std::string> text;
  std::vector<Example> examples;
  for (const corpus::Pair& pair : corpus.train) {
    text.insert(text.end(), {kPrefix + pair.english, pair.french});
    examples.push_back({kPrefix + pair.english, pair.french});
  }
  Translator t;
  t.tokenizer =
      make_sentencepiece_tokenizer(train_sentencepiece(text, {.vocab_size = 800}), "demo");
  Config config = preset_config("tiny");
  config.vocab_size = t.tokenizer->vocab_size();
  t.model = make_model(config, 1);
  t.pairs = tokenize(examples, *t.tokenizer);
  for (size_t i = 0; i < count; ++i) {
    t.lines.push_back(corpus.test[i].english);
    t.references.push_back(corpus.test[i].french);
    t.inputs.push_back(t.tokenizer->encode(kPrefix + t.lines.back()));
  }
  return t;
}

inline TrainOptions translator_recipe() {
  return {.max_steps = 400,
          .learning_rate = 0.05,
          .lr_scheduler_type = "linear",
          .warmup_steps = 40,
          .dropout_rate = 0,
          .output_dir = ""};
}

// The sum of log p of each output: a score with the division by the length undone.
inline std::vector<double> log_p(const std::vector<Generated>& outputs,
                                 const GenerationOptions& options) {
  double penalty = options.num_beams > 1 ? options.length_penalty : 0;
  std::vector<double> sums;
  for (const Generated& g : outputs)
    sums.push_back(g.score * std::pow(static_cast<double>(g.ids.size()), penalty));
  return sums;
}

inline int64_t exact_matches(const Translator& t, const std::vector<Generated>& outputs) {
  int64_t right = 0;
  for (size_t i = 0; i < outputs.size(); ++i)
    right += t.tokenizer->decode(outputs[i].ids) == t.references[i];
  return right;
}

inline int64_t tokens_of(const std::vector<Generated>& outputs) {
  int64_t sum = 0;
  for (const Generated& g : outputs) sum += std::ssize(g.ids);
  return sum;
}

}  // namespace t5::tutorial
