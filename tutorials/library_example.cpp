// The library in twenty lines: load a model directory, train on a few pairs, save, generate.
// Usage: library_example MODEL_DIR OUTPUT_DIR

#include <fmt/core.h>

#include "t5/generation/generate.h"
#include "t5/model/directory.h"
#include "t5/train/dataset.h"
#include "t5/train/trainer.h"

int main(int argc, char** argv) try {
  t5::check(argc == 3, "usage: library_example MODEL_DIR OUTPUT_DIR");
  auto [model, tokenizer] = t5::load_text_model(argv[1], {.use = t5::Use::kTraining});

  std::vector<t5::Example> examples = {
      {"say: one", "un"}, {"say: two", "deux"}, {"say: three", "trois"}};
  std::vector<t5::TokenPair> pairs = t5::tokenize(examples, *tokenizer);
  t5::TrainResult result =
      t5::train(*model, pairs, {}, {.max_steps = 60, .learning_rate = 0.05, .dropout_rate = 0});
  t5::DirectoryUpdate directory(argv[2]);
  t5::save_model(*model, directory);
  t5::copy_tokenizer(argv[1], directory);
  directory.commit();

  t5::Ids output = t5::generate(*model, {tokenizer->encode("say: two")})[0];
  fmt::print("loss {:.4f}: two is {}\n", result.loss, tokenizer->decode(output));
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
