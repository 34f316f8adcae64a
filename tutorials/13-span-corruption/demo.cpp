// Chapter 13: what span corruption does to a text, and a small T5 pretrained with it.
// Usage: 13-span-corruption FOLDER. Writes masks.svg and loss.svg there.

#include <fmt/format.h>

#include "t5/files/atomic_file.h"
#include "t5/report/chart.h"
#include "t5/train/dataset.h"
#include "t5/train/span_corruption.h"
#include "t5/train/step.h"
#include "tensor/error.h"
#include "tutorials/13-span-corruption/drawing.h"
#include "tutorials/13-span-corruption/holes.h"
#include "tutorials/corpora/english_french/corpus.h"

using namespace t5;
using namespace t5::tutorial;

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

// The chapter's corpus as chunks, to train on and held out.
struct Text {
  std::unique_ptr<Tokenizer> tokenizer;
  std::vector<Ids> chunks, held_out;
};

Text make_text(const NoiseOptions& noise) {
  corpus::EnglishFrench corpus = corpus::make_english_french({});
  std::vector<std::string> text = sentences(corpus.train), unseen = sentences(corpus.valid);
  auto tokenizer = make_sentencepiece_tokenizer(train_sentencepiece(text, {.vocab_size = 1200}),
                                                "the demo's vocabulary");
  int64_t length = chunk_lengths(24, noise).tokens;
  auto chunks = split_into_chunks(tokenize_documents(text, *tokenizer), length);
  auto held_out = split_into_chunks(tokenize_documents(unseen, *tokenizer), length);
  held_out.resize(200);
  return {std::move(tokenizer), std::move(chunks), std::move(held_out)};
}

// Trains, and says at every hundredth step how well hidden tokens are guessed from their own input
// and from another's. Returns the last share.
double pretrain(Model& model, const TrainingSet& data, const std::vector<TokenPair>& held_out,
                const Markers& markers, const std::string& folder) {
  TrainOptions options{.max_steps = 1600,
                       .learning_rate = 0.05,
                       .lr_scheduler_type = "linear",
                       .warmup_steps = 100,
                       .dropout_rate = 0};
  TrainStep step(model, options);
  BatchOrder order(data.size(), options.batch_size, options.seed);
  std::vector<TokenPair> wrong = with_wrong_inputs(held_out);
  Chart chart{"A tiny T5 fills in what was hidden",
              "step",
              "loss of the hidden tokens",
              {{"with their own input", {}, ChartSeries::Style::kMarked},
               {"with another's input", {}, ChartSeries::Style::kMarked}}};
  fmt::print("    step   loss    right   loss and right with another's input\n");
  for (int64_t i = 0;; ++i) {
    if (i % 100 == 0) {
      Holes own = guess_holes(model, held_out, markers), other = guess_holes(model, wrong, markers);
      chart.series[0].points.push_back({static_cast<double>(i), own.loss});
      chart.series[1].points.push_back({static_cast<double>(i), other.loss});
      if (i % 400 == 0 || i == 700)
        fmt::print("   {:5}  {:5.2f}  {:4.1f} %  {:5.2f}  {:4.1f} %\n", i, own.loss,
                   100 * own.share, other.loss, 100 * other.share);
      if (i == options.max_steps) {
        write_file(folder + "/loss.svg", chart_svg(chart));
        return own.share;
      }
    }
    std::vector<TokenPair> batch;
    for (int64_t k : order.batch(i)) batch.push_back(data.example(k, order.epoch(i)));
    step.take(i, {batch});
  }
}

void train_and_fill(const std::string& folder) {
  // Short chunks for short sentences; enough noise that a chunk has several spans.
  NoiseOptions noise{0.3, 2};
  auto [tokenizer, chunks, held_out] = make_text(noise);
  show_example(*tokenizer);
  Markers markers = markers_of(*tokenizer);
  Objective objective = span_corruption(noise, markers);
  Config config = preset_config("tiny");
  config.vocab_size = tokenizer->vocab_size();
  auto model = make_model(config, 1);
  fmt::print("\n3. Pretraining: {} parameters, {} chunks of {} tokens\n",
             model->parameters().element_count(), chunks.size(), chunks[0].size());
  double share = pretrain(*model, with_objective(chunks, objective, 42, ""),
                          with_objective(held_out, objective, 0, "").examples(0), markers, folder);
  fmt::print("\n4. Fill in the blank\n");
  for (const char* line :
       {"The <extra_id_0> sat on the mat.", "We can <extra_id_0> the old house.",
        "She is as <extra_id_0> as her brother.", "Le <extra_id_0> noir est dans la boîte.",
        "La <extra_id_0> noire est dans la boîte."})
    fmt::print("   {:42} {}\n", line, filled(*model, *tokenizer, line));
  check(share > 0.3, "out of the chapter's band: more than 30 % were expected");
  fmt::print("\nThe band of this chapter, more than 30 % of the hidden tokens, is reached.\n");
}

}  // namespace

int main(int, char** argv) try {
  show_lengths();
  write_file(std::string(argv[1]) + "/masks.svg", masks_svg(12, 56));
  train_and_fill(argv[1]);
} catch (const std::exception& error) {
  fmt::print(stderr, "13-span-corruption: {}\n", error.what());
  return 1;
}
