// t5 classify and t5 answer: models with a task head.

#include <fmt/format.h>

#include "t5/cli/commands.h"
#include "t5/cli/standard_input.h"
#include "t5/cli/transfer_options.h"
#include "t5/model/task_text.h"
#include "tensor/error.h"

namespace t5 {
namespace {

struct ClassifyCommand {
  std::string model;
  AdapterOptions adapters;
  int64_t batch_size = 64, max_answer_length = 30;
};

std::string json_of(const std::string& input, const TaskAnswer& answer) {
  JsonText::Fields fields = {{"input", input}};
  if (!answer.labels.empty()) fields.emplace_back("label", answer.text);
  if (!answer.tokens.empty()) fields.emplace_back("answer", answer.text);
  if (answer.probability) fields.emplace_back("probability", *answer.probability);
  if (!answer.labels.empty())
    fields.emplace_back("probabilities",
                        JsonText::Fields(answer.labels.begin(), answer.labels.end()));
  if (!answer.tokens.empty()) fields.emplace_back("tokens", answer.tokens);
  if (!answer.labels.empty() || !answer.tokens.empty()) return JsonText(fields).text();
  std::vector<JsonText::Fields> words;
  for (const auto& [word, label, probability] : answer.words)
    words.push_back({{"word", word}, {"label", label}, {"probability", probability}});
  fields.emplace_back("words", words);
  return JsonText(fields).text();
}

std::string text_of(const TaskAnswer& answer) {
  return answer.probability ? fmt::format("{}\t{:.6f}", answer.text, *answer.probability)
                            : answer.text;
}

// `labels`: whether the command is for models that have them.
void run(const ClassifyCommand& command, const Common& common, bool labels) {
  TextModel loaded = load_adapted_model(command.model, command.adapters, common);
  const TaskHead& head = *loaded.config().head;
  check(head.answer != nullptr && head.has_labels == labels, "{}: a model with head {} {}",
        command.model, head.name, labels ? "has no labels" : "finds no answers");
  answer_lines(command.batch_size, [&](std::span<const Line> lines) {
    std::vector<std::string> texts, places, answers;
    for (const Line& line : lines) {
      texts.push_back(line.text);
      places.push_back(line.place);
    }
    for (const TaskAnswer& answer : head.answer(loaded, texts, places, command.max_answer_length))
      answers.push_back(common.json ? json_of(texts[answers.size()], answer) : text_of(answer));
    return answers;
  });
}

Options& declare(Options& options, ClassifyCommand& o) {
  options.required("--model", o.model, "a model directory; t5 new --head makes one");
  declare_adapters(options, o.adapters);
  return options.integer("--batch-size", o.batch_size, "lines together", 1, 1 << 20);
}

}  // namespace

void add_classify(Program& program) {
  program.command<ClassifyCommand>(
      "classify", "lines of input on stdin to labels, of each line or of each word",
      "echo 'What a fine day.' | t5 classify --model moods",
      [](Options& options, ClassifyCommand& o) { declare(options, o); },
      [](const ClassifyCommand& o, const Common& common) { run(o, common, true); });
}

void add_answer(Program& program) {
  program.command<ClassifyCommand>(
      "answer", "lines with a question and a context on stdin to the answer in the context",
      "echo 'question: Who sleeps? context: The cat sleeps.' | t5 answer --model reader",
      [](Options& options, ClassifyCommand& o) {
        declare(options, o)
            .integer("--max-answer-length", o.max_answer_length, "in tokens", 1, 1 << 20);
      },
      [](const ClassifyCommand& o, const Common& common) { run(o, common, false); });
}

}  // namespace t5
