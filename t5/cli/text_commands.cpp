// t5 generate, t5 score, t5 evaluate.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <sstream>

#include "t5/cli/commands.h"
#include "t5/files/json.h"
#include "t5/generation/generate.h"
#include "t5/model/directory.h"
#include "t5/report/progress.h"
#include "t5/text/examples.h"
#include "t5/text/lines.h"
#include "t5/train/dataset.h"
#include "t5/train/evaluate.h"
#include "tensor/error.h"

namespace t5 {
namespace {

// A model with its tokenizer; without one when the text is ids.
struct Loaded {
  std::unique_ptr<Model> model;
  std::unique_ptr<Tokenizer> tokenizer;

  Loaded(const std::string& directory, bool ids) : model(load_model(directory)) {
    if (ids) return;
    tokenizer = load_tokenizer(directory);
    check_vocabulary(*tokenizer, model->config());
  }

  Ids read(const std::string& text, const std::string& place) const {
    return read_ids(text, place, tokenizer.get(), model->config().vocab_size);
  }

  std::string write(const Ids& ids) const {
    if (!tokenizer) return fmt::format("{}", fmt::join(ids, " "));
    std::string text = tokenizer->decode(ids);
    std::replace(text.begin(), text.end(), '\n', ' ');  // one answer, one line
    return text;
  }
};

struct GenerateCommand {
  std::string model;
  bool ids = false;
  GenerateOptions options;
};

// Answers as soon as `chunk` lines are read: one at a terminal, many in a pipe.
void generate_lines(const GenerateCommand& command, const Common& common) {
  Loaded loaded(command.model, command.ids);
  LineReader reader(std::cin, "standard input");
  size_t chunk = isatty(0) ? 1 : static_cast<size_t>(4 * command.options.batch_size);
  std::vector<std::string> lines;
  std::vector<Ids> inputs;
  auto answer = [&] {
    std::vector<Ids> outputs = generate(*loaded.model, inputs, command.options);
    for (size_t i = 0; i < outputs.size(); ++i) {
      std::string text = loaded.write(outputs[i]);
      fmt::print("{}\n", common.json ? Json({{"input", lines[i]}, {"output", text}}).dump() : text);
    }
    std::fflush(stdout);
    lines.clear();
    inputs.clear();
  };
  for (std::string line; reader.next(line);) {
    inputs.push_back(loaded.read(line, reader.place()));
    lines.push_back(line);
    if (lines.size() == chunk) answer();
  }
  answer();
}

struct DataCommand {
  std::string model, data;
  bool ids = false;
  int64_t batch_size = 64, max_new_tokens = 128;
  std::vector<std::string> metrics{"exact_match", "token_accuracy", "loss"};
};

std::vector<TokenPair> read_pairs(const Loaded& loaded, const std::vector<Example>& examples,
                                  const std::string& path) {
  if (loaded.tokenizer) return tokenize(examples, *loaded.tokenizer, loaded.model->config());
  std::vector<TokenPair> pairs;
  for (const Example& example : examples) {
    std::string place = fmt::format("{}:{}", path, pairs.size() + 1);
    pairs.push_back({loaded.read(example.input, place), loaded.read(example.target, place)});
  }
  return pairs;
}

void score(const DataCommand& command, const Common& common) {
  Loaded loaded(command.model, command.ids);
  auto pairs = read_pairs(loaded, read_examples(command.data), command.data);
  for (const PairScore& s : score_pairs(*loaded.model, pairs, command.batch_size)) {
    if (common.json)
      fmt::print(
          "{}\n",
          Json({{"log_probability", s.log_probability}, {"tokens", s.tokens}, {"loss", s.loss()}})
              .dump());
    else
      fmt::print("{:.6f}\t{}\t{:.6f}\n", s.log_probability, s.tokens, s.loss());
  }
}

// The share of pairs whose generated text is the target, white space aside.
double exact_match(const Loaded& loaded, const std::vector<Example>& examples,
                   const std::vector<TokenPair>& pairs, const DataCommand& command) {
  std::vector<Ids> inputs;
  for (const TokenPair& pair : pairs) inputs.push_back(pair.input);
  auto outputs = generate(*loaded.model, inputs, {command.max_new_tokens, command.batch_size});
  auto words = [](const std::string& text) {
    std::istringstream stream(text);
    return std::vector<std::string>(std::istream_iterator<std::string>(stream), {});
  };
  int64_t hits = 0;
  for (size_t i = 0; i < outputs.size(); ++i)
    hits += words(loaded.write(outputs[i])) == words(examples[i].target);
  return static_cast<double>(hits) / static_cast<double>(outputs.size());
}

void evaluate_file(const DataCommand& command, const Common& common) {
  Loaded loaded(command.model, command.ids);
  auto examples = read_examples(command.data);
  auto pairs = read_pairs(loaded, examples, command.data);
  Evaluation teacher_forced;
  auto wants = [&](const char* metric) {
    return std::count(command.metrics.begin(), command.metrics.end(), metric) > 0;
  };
  if (wants("loss") || wants("token_accuracy"))
    teacher_forced = evaluate(*loaded.model, pairs, command.batch_size);
  std::vector<std::pair<std::string, double>> results;
  for (const std::string& metric : command.metrics)
    results.emplace_back(metric, metric == "loss" ? teacher_forced.loss
                                 : metric == "token_accuracy"
                                     ? teacher_forced.token_accuracy
                                     : exact_match(loaded, examples, pairs, command));
  Json json;
  for (const auto& [name, value] : results) {
    json[name] = value;
    if (!common.json) fmt::print("{:<16} {:.6f}\n", name, value);
  }
  if (common.json) fmt::print("{}\n", json.dump());
}

Options& declare_data(Options& options, DataCommand& o) {
  return options.required("--model", o.model, "a model directory")
      .required("--data", o.data, "TSV (input, tab, target) or JSON lines")
      .integer("--batch-size", o.batch_size, "pairs at a time", 1, 1 << 20)
      .flag("--ids", o.ids, "both fields are token ids, used as they are");
}

}  // namespace

void add_generate(Program& program) {
  program.command<GenerateCommand>(
      "generate", "lines of input on stdin to lines of output",
      "echo 'translate English to French: The cat sleeps.' | t5 generate --model build/demo/model",
      [](Options& options, GenerateCommand& o) {
        options.required("--model", o.model, "a model directory")
            .integer("--max-new-tokens", o.options.max_new_tokens, "eos included", 1, 1 << 20)
            .integer("--batch-size", o.options.batch_size, "inputs decoded together", 1, 1 << 20)
            .flag("--ids", o.ids, "lines are token ids, used as they are");
      },
      generate_lines);
}

void add_score(Program& program) {
  program.command<DataCommand>(
      "score", "log-probability, tokens and loss of given pairs",
      "t5 score --model build/demo/model --data build/demo/test.tsv --json",
      [](Options& options, DataCommand& o) { declare_data(options, o); }, score);
}

void add_evaluate(Program& program) {
  program.command<DataCommand>(
      "evaluate", "measure a model on pairs",
      "t5 evaluate --model build/demo/model --data build/demo/test.tsv --json",
      [](Options& options, DataCommand& o) {
        declare_data(options, o)
            .some_of("--metrics", o.metrics, "which, in which order",
                     {"exact_match", "token_accuracy", "loss"})
            .integer("--max-new-tokens", o.max_new_tokens, "of each generated text", 1, 1 << 20);
      },
      evaluate_file);
}

}  // namespace t5
