// t5 tokenizer train | encode | decode.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "t5/cli/commands.h"
#include "t5/cli/standard_input.h"
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
  Existing existing = Existing::kRefuse;
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
  DirectoryUpdate output(options.output, options.existing);
  std::vector<std::string> lines;
  for (const std::string& file : options.files) add_text(file, lines);
  save_sentencepiece(output, train_sentencepiece(lines, options.vocabulary), options.extra_ids);
  output.commit();
  if (!common.quiet)
    fmt::print("{}: {} pieces and {} sentinels\n", options.output, options.vocabulary.vocab_size,
               options.extra_ids);
}

struct CodeOptions {
  std::string model;
  TokenizerOptions tokenizer;
  bool pieces = false, keep_special = false;
};

// By one that answers a line at a time.
void answer_each_line(const std::function<std::string(const Line&)>& answer) {
  constexpr int64_t kTogether = 256;
  answer_lines(kTogether, [&](std::span<const Line> lines) {
    std::vector<std::string> answers;
    for (const Line& line : lines) answers.push_back(answer(line));
    return answers;
  });
}

void encode(const CodeOptions& options, const Common& common) {
  auto tokenizer = load_tokenizer(options.model, options.tokenizer);
  answer_each_line([&](const Line& line) {
    auto ids = tokenizer->encode(line.text);
    std::vector<std::string> pieces;
    if (common.json || options.pieces)
      for (int32_t id : ids) pieces.push_back(tokenizer->piece(id));
    if (common.json) return JsonText({{"ids", ids}, {"pieces", pieces}}).text();
    return options.pieces ? fmt::format("{}", fmt::join(pieces, " "))
                          : fmt::format("{}", fmt::join(ids, " "));
  });
}

void decode(const CodeOptions& options, const Common& common) {
  auto tokenizer = load_tokenizer(options.model, options.tokenizer);
  answer_each_line([&](const Line& line) {
    auto ids = parse_ids(line.text, line.place, int64_t{1} << 24);
    std::string text = tokenizer->decode(ids, {.skip_special = !options.keep_special});
    return common.json ? JsonText({{"text", text}}).text() : text;
  });
}

void declare_train(Options& options, TrainOptions& o) {
  using Bounds = TrainTokenizerOptions;
  options.files("--train", o.files, "TSV, JSON lines or plain text", true)
      .integer("--vocab-size", o.vocabulary.vocab_size, "pieces, without sentinels",
               Bounds::kMinVocabulary, Bounds::kMaxVocabulary)
      .number("--character-coverage", o.vocabulary.character_coverage,
              "share of the characters that get a piece", Bounds::kMinCoverage, 1)
      .integer("--extra-ids", o.extra_ids, "number of sentinels", 0, kMaxSentinels)
      .required("--output", o.output, "the directory to write")
      .overwrite(o.existing);
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
