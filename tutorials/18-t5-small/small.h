// The small T5 of the demo, trained on sentences of the corpus and saved: a stand-in for the
// published one, which this machine need not have.
#pragma once

#include <fmt/format.h>

#include "t5/generation/generate.h"
#include "t5/model/directory.h"
#include "t5/train/dataset.h"
#include "t5/train/trainer.h"
#include "tutorials/corpora/english_french/corpus.h"

namespace t5::lesson {

constexpr const char* kPrefix = "translate English to French: ";

struct Small {
  std::string directory;        // with config.json and model.safetensors
  std::vector<TokenPair> test;  // a hundred sentences that it has not seen
};

inline Small train_small(const std::string& directory) {
  auto corpus = corpus::make_english_french({.train = 8000});
  std::vector<std::string> text;
  std::vector<Example> examples, test;
  for (const corpus::Pair& pair : corpus.train) {
    text.insert(text.end(), {kPrefix + pair.english, pair.french});
    examples.push_back({kPrefix + pair.english, pair.french});
  }
  for (size_t i = 0; i < 100; ++i)
    test.push_back({kPrefix + corpus.test[i].english, corpus.test[i].french});
  auto tokenizer =
      make_sentencepiece_tokenizer(train_sentencepiece(text, {.vocab_size = 1200}), "demo");
  Config config = preset_config("tiny");
  config.num_layers = config.num_decoder_layers = 3;
  config.vocab_size = tokenizer->vocab_size();
  auto model = make_model(config, 1);
  TrainOptions options{.max_steps = 600,
                       .learning_rate = 0.05,
                       .lr_scheduler_type = "linear",
                       .warmup_steps = 60,
                       .dropout_rate = 0,
                       .output_dir = ""};
  TrainResult result = train(*model, tokenize(examples, *tokenizer), {}, options);
  save_model(*model, directory);
  fmt::print("A T5 of {} parameters after {} steps: loss {:.2f}\n",
             model->parameters().element_count(), options.max_steps, result.loss);
  return {directory, tokenize(test, *tokenizer)};
}

inline std::vector<Ids> translations(const Model& model, const Small& small) {
  std::vector<Ids> inputs;
  for (const TokenPair& pair : small.test) inputs.push_back(pair.input);
  return generate(model, inputs, {.max_new_tokens = 40});
}

// How many of them are equal.
inline int64_t unchanged(const std::vector<Ids>& a, const std::vector<Ids>& b) {
  int64_t count = 0;
  for (size_t i = 0; i < a.size(); ++i) count += a[i] == b[i];
  return count;
}

}  // namespace t5::lesson
