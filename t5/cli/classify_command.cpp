// t5 classify and t5 answer: models with a task head.

#include <fmt/format.h>

#include <algorithm>

#include "t5/cli/commands.h"
#include "t5/cli/standard_input.h"
#include "t5/model/predict.h"
#include "t5/model/text_model.h"
#include "t5/train/targets.h"
#include "tensor/error.h"

namespace t5 {
namespace {

struct ClassifyCommand {
  std::string model;
  int64_t batch_size = 64, max_answer_length = 30;
};

struct Label {
  std::string name;
  double probability;
};

// The likeliest label of one row of probabilities.
Label best_label(const Tensor& probabilities, int64_t row, const Config& config) {
  std::vector<real> p = probabilities.select(0, row).to_vector();
  auto best = std::max_element(p.begin(), p.end());
  return {config.labels[best - p.begin()], *best};
}

void print_sequence(const Line& line, const Tensor& p, const Config& config, bool json) {
  Label best = best_label(p, 0, config);
  if (!json) return fmt::print("{}\t{:.6f}\n", best.name, best.probability);
  JsonText::Fields all;
  for (size_t i = 0; i < config.labels.size(); ++i)
    all.emplace_back(config.labels[i], p.at({0, static_cast<int64_t>(i)}));
  print_json({{"input", line.text},
              {"label", best.name},
              {"probability", best.probability},
              {"probabilities", all}});
}

// One label per word, separated by blanks.
void print_words(const Line& line, const Words& words, const Tensor& p, const Config& config,
                 bool json) {
  std::vector<std::string> names;
  std::vector<JsonText::Fields> details;
  for (size_t i = 0; i < words.words.size(); ++i) {
    Label best = best_label(p, words.first[i], config);
    names.push_back(best.name);
    details.push_back(
        {{"word", words.words[i]}, {"label", best.name}, {"probability", best.probability}});
  }
  if (json)
    print_json({{"input", line.text}, {"words", details}});
  else
    fmt::print("{}\n", fmt::join(names, " "));
}

void classify(const ClassifyCommand& command, const Common& common) {
  TextModel loaded = load_text_model(command.model, {.use = Use::kPrediction});
  const Config& config = loaded.config();
  bool per_word = config.head == Head::kTokenClassification;
  for_each_chunk(command.batch_size, [&](const std::vector<Line>& lines) {
    std::vector<Words> words;
    std::vector<Ids> inputs;
    for (const Line& line : lines) {
      if (per_word) words.push_back(split_words(line.text, *loaded.tokenizer));
      inputs.push_back(per_word ? words.back().ids : loaded.read(line.text, line.place));
    }
    std::vector<Tensor> p = label_probabilities(*loaded.model, inputs);
    for (size_t i = 0; i < lines.size(); ++i)
      if (per_word)
        print_words(lines[i], words[i], p[i], config, common.json);
      else
        print_sequence(lines[i], p[i], config, common.json);
  });
}

void answer(const ClassifyCommand& command, const Common& common) {
  TextModel loaded = load_text_model(command.model, {.use = Use::kPrediction});
  for_each_chunk(command.batch_size, [&](const std::vector<Line>& lines) {
    std::vector<Ids> inputs;
    std::vector<int64_t> contexts;
    for (const Line& line : lines) {
      Passage passage = split_passage(line.text, *loaded.tokenizer);
      check(passage.context + 1 < std::ssize(passage.ids), "{}: the context is empty", line.place);
      inputs.push_back(passage.ids);
      contexts.push_back(passage.context);
    }
    auto spans = answer_spans(*loaded.model, inputs, contexts, command.max_answer_length);
    for (size_t i = 0; i < lines.size(); ++i) {
      const Span& s = spans[i];
      std::string text =
          loaded.tokenizer->decode(std::span(inputs[i]).subspan(s.begin, s.end - s.begin + 1));
      if (common.json)
        print_json({{"input", lines[i].text},
                    {"answer", text},
                    {"probability", s.probability},
                    {"tokens", std::vector{s.begin, s.end}}});
      else
        fmt::print("{}\t{:.6f}\n", text, s.probability);
    }
  });
}

Options& declare(Options& options, ClassifyCommand& o) {
  return options.required("--model", o.model, "a model directory; t5 new --head makes one")
      .integer("--batch-size", o.batch_size, "lines together", 1, 1 << 20);
}

}  // namespace

void add_classify(Program& program) {
  program.command<ClassifyCommand>(
      "classify", "lines of input on stdin to labels, of each line or of each word",
      "echo 'What a fine day.' | t5 classify --model moods",
      [](Options& options, ClassifyCommand& o) { declare(options, o); }, classify);
}

void add_answer(Program& program) {
  program.command<ClassifyCommand>(
      "answer", "lines with a question and a context on stdin to the answer in the context",
      "echo 'question: Who sleeps? context: The cat sleeps.' | t5 answer --model reader",
      [](Options& options, ClassifyCommand& o) {
        declare(options, o)
            .integer("--max-answer-length", o.max_answer_length, "in tokens", 1, 1 << 20);
      },
      answer);
}

}  // namespace t5
