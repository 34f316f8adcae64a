// t5 tokenizer train | encode | decode.

#include <fmt/format.h>

#include <iostream>

#include "t5/cli/commands.h"
#include "t5/model/text_model.h"
#include "t5/text/examples.h"
#include "t5/text/lines.h"
#include "t5/text/tokenizer.h"

namespace t5 {
namespace {

struct TrainOptions {
  std::vector<std::string> files;
  std::string output;
  TrainTokenizerOptions vocabulary;
  int64_t extra_ids = 100;
};

// Both sides of pairs, or the lines of plain text.
void add_text(const std::string& path, std::vector<std::string>& lines) {
  if (format_of(path) != TextFormat::kPlain) {
    for_each_example(path, [&](const Example& example) {
      lines.push_back(example.input);
      lines.push_back(example.target);
    });
  } else {
    for (std::string& line : read_lines(path)) lines.push_back(std::move(line));
  }
}

void train_tokenizer(const TrainOptions& options, const Common& common) {
  std::vector<std::string> lines;
  for (const std::string& file : options.files) add_text(file, lines);
  save_sentencepiece(options.output, train_sentencepiece(lines, options.vocabulary),
                     options.extra_ids);
  if (!common.quiet)
    fmt::print("{}: {} pieces and {} sentinels\n", options.output, options.vocabulary.vocab_size,
               options.extra_ids);
}

struct CodeOptions {
  std::string model;
  TokenizerOptions tokenizer;
  bool pieces = false, keep_special = false;
};

void encode(const CodeOptions& options, const Common& common) {
  auto tokenizer = load_tokenizer(options.model, options.tokenizer);
  LineReader reader(std::cin, "standard input");
  for (std::string line; reader.next(line);) {
    auto ids = tokenizer->encode(line);
    std::vector<std::string> pieces;
    if (common.json || options.pieces)
      for (int32_t id : ids) pieces.push_back(tokenizer->piece(id));
    if (common.json)
      print_json({{"ids", ids}, {"pieces", pieces}});
    else if (options.pieces)
      fmt::print("{}\n", fmt::join(pieces, " "));
    else
      fmt::print("{}\n", fmt::join(ids, " "));
  }
}

void decode(const CodeOptions& options, const Common& common) {
  auto tokenizer = load_tokenizer(options.model, options.tokenizer);
  LineReader reader(std::cin, "standard input");
  for (std::string line; reader.next(line);) {
    auto ids = parse_ids(line, reader.place(), int64_t{1} << 24);
    std::string text = tokenizer->decode(ids, {.skip_special = !options.keep_special});
    if (common.json)
      print_json({{"text", text}});
    else
      fmt::print("{}\n", text);
  }
}

void declare_train(Options& options, TrainOptions& o) {
  using Bounds = TrainTokenizerOptions;
  options.files("--train", o.files, "TSV, JSON lines or plain text", true)
      .integer("--vocab-size", o.vocabulary.vocab_size, "pieces, without sentinels",
               Bounds::kMinVocabulary, Bounds::kMaxVocabulary)
      .number("--character-coverage", o.vocabulary.character_coverage,
              "share of the characters that get a piece", Bounds::kMinCoverage, 1)
      .integer("--extra-ids", o.extra_ids, "number of sentinels", 0, kMaxSentinels)
      .required("--output", o.output, "the directory to write");
}

Options& declare_model(Options& options, CodeOptions& o) {
  return options.required("--model", o.model, "spiece.model, or a directory with one")
      .flag("--legacy", o.tokenizer.legacy, "put ▁ after sentinels, as transformers does");
}

}  // namespace

void add_tokenizer(Program& program) {
  program.group("tokenizer", "train a vocabulary; text to ids and back");
  program.command<TrainOptions>(
      "tokenizer train", "train a SentencePiece vocabulary",
      "t5 tokenizer train --train train.tsv --vocab-size 400 --output my-tokenizer", declare_train,
      train_tokenizer);
  program.command<CodeOptions>(
      "tokenizer encode", "lines of text on stdin to lines of ids",
      "echo 'Hello there' | t5 tokenizer encode --model build/demo/model",
      [](Options& options, CodeOptions& o) {
        declare_model(options, o).flag("--pieces", o.pieces, "print pieces instead of ids");
      },
      encode);
  program.command<CodeOptions>(
      "tokenizer decode", "lines of ids on stdin to lines of text",
      "echo '5 9 1' | t5 tokenizer decode --model build/demo/model",
      [](Options& options, CodeOptions& o) {
        declare_model(options, o)
            .flag("--keep-special", o.keep_special, "print sentinels and other specials");
      },
      decode);
}

}  // namespace t5
