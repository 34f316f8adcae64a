// Chapter 13: what span corruption does to a text, and a small T5 pretrained with it.
// Usage: 13-span-corruption FOLDER. Writes masks.svg and loss.svg there.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "t5/files/atomic_file.h"
#include "t5/generation/generate.h"
#include "t5/report/metrics_log.h"
#include "t5/train/evaluate.h"
#include "t5/train/span_corruption.h"
#include "t5/train/trainer.h"
#include "tensor/error.h"
#include "tutorials/13-span-corruption/drawing.h"
#include "tutorials/corpora/english_french/corpus.h"

using namespace t5;

namespace {

// The sentences of chapter 14's corpus, English and French, as plain text in one random order.
std::vector<std::string> sentences(const std::vector<corpus::Pair>& pairs) {
  std::vector<std::string> lines;
  for (const corpus::Pair& pair : pairs) {
    lines.push_back(pair.english);
    lines.push_back(pair.french);
  }
  Random(1).shuffle(lines);
  return lines;
}

void show_lengths() {
  fmt::print("1. Lengths: density 0.15, spans of 3\n   input   text  target\n");
  for (int64_t inputs : {128, 256, 512}) {
    ChunkLengths lengths = chunk_lengths(inputs, {});
    fmt::print("  {:6} {:6} {:7}\n", lengths.inputs, lengths.tokens, lengths.targets);
  }
}

void show_example(const Tokenizer& tokenizer) {
  std::vector<Ids> text = {tokenizer.encode_without_eos(
      "The cat sat on the mat. The little girl did not find the old key in the garden. My brother "
      "is as tired as the king. We can look for the horse on Sunday. She is not in the house.")};
  TrainingSet set = with_objective(text, span_corruption({}, markers_of(tokenizer)), 1, "");
  fmt::print("\n2. One text in three epochs\n");
  for (int64_t epoch = 0; epoch < 3; ++epoch) {
    TokenPair pair = set.example(0, epoch);
    fmt::print("   input   {}\n   target  {}\n",
               tokenizer.decode(pair.input, {.skip_special = false}),
               tokenizer.decode(pair.target, {.skip_special = false}));
  }
}

// What the model writes for <extra_id_0>. A sentinel at the end stands for the text that would go
// on: every input that it was trained on had one.
std::string filled(const Model& model, const Tokenizer& tokenizer, const std::string& text) {
  Ids input = tokenizer.encode(text + " <extra_id_1>");
  Ids output = generate(model, {input}, {.max_new_tokens = 12})[0];
  auto after = [&](int64_t k) {
    return std::find(output.begin(), output.end(), tokenizer.sentinel(k));
  };
  auto begin = after(0), end = after(1);
  return begin < end ? tokenizer.decode(Ids(begin + 1, end)) : "(nothing)";
}

void pretrain(const std::string& folder) {
  corpus::EnglishFrench corpus = corpus::make_english_french({});
  std::vector<std::string> text = sentences(corpus.train), unseen = sentences(corpus.valid);
  auto tokenizer = make_sentencepiece_tokenizer(train_sentencepiece(text, {.vocab_size = 1200}),
                                                "the demo's vocabulary");
  show_example(*tokenizer);

  // Short chunks for short sentences; enough noise that a chunk has several spans.
  NoiseOptions noise{0.3, 2};
  Objective objective = span_corruption(noise, markers_of(*tokenizer));
  int64_t length = chunk_lengths(24, noise).tokens;
  auto chunks = split_into_chunks(tokenize_documents(text, *tokenizer), length);
  auto held_out = split_into_chunks(tokenize_documents(unseen, *tokenizer), length);
  held_out.resize(200);
  TrainingSet data = with_objective(chunks, objective, 42, "");
  std::vector<TokenPair> validation = with_objective(held_out, objective, 0, "").examples(0);

  Config config = preset_config("tiny");
  config.vocab_size = tokenizer->vocab_size();
  auto model = make_model(config, 1);
  fmt::print("\n3. Pretraining: {} parameters, {} chunks of {} tokens\n",
             model->parameters().element_count(), chunks.size(), length);
  Evaluation before = evaluate(*model, validation, 32);
  TrainOptions options{.max_steps = 1600,
                       .learning_rate = 0.05,
                       .lr_scheduler_type = "linear",
                       .warmup_steps = 100,
                       .dropout_rate = 0,
                       .output_dir = folder + "/model",
                       .eval_steps = 400,
                       .quiet = false};
  std::filesystem::remove_all(options.output_dir);
  check(train(*model, data, validation, options).reason == StopReason::kFinished, "interrupted");
  Evaluation after = evaluate(*model, validation, 32);
  auto report = [](const char* when, const Evaluation& e) {
    fmt::print("   {:7} loss {:.3f}, {:4.1f} % of the hidden tokens\n", when, e.loss,
               100 * e.token_accuracy);
  };
  report("before", before);
  report("after", after);
  auto rows = read_metrics(options.output_dir + "/metrics.jsonl");
  write_file(folder + "/loss.svg", chart_svg(loss_chart(rows, "Span corruption, a tiny T5")));

  fmt::print("\n4. Fill in the blank\n");
  for (const char* line :
       {"The <extra_id_0> sat on the mat.", "We can <extra_id_0> the old house.",
        "She is as <extra_id_0> as her brother.", "Le <extra_id_0> noir est dans la boîte.",
        "La <extra_id_0> noire est dans la boîte."})
    fmt::print("   {:42} {}\n", line, filled(*model, *tokenizer, line));
  check(after.token_accuracy > 0.5, "out of the chapter's band: more than 50 % were expected");
  fmt::print("\nThe band of this chapter, more than 50 % of the hidden tokens, is reached.\n");
}

}  // namespace

int main(int, char** argv) try {
  show_lengths();
  write_file(std::string(argv[1]) + "/masks.svg", masks_svg(12, 56));
  pretrain(argv[1]);
} catch (const std::exception& error) {
  fmt::print(stderr, "13-span-corruption: {}\n", error.what());
  return 1;
}
