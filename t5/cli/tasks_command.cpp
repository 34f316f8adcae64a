// t5 tasks list, t5 tasks show.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "t5/cli/commands.h"
#include "t5/cli/json_answer.h"
#include "t5/cli/task_options.h"
#include "t5/model/text_model.h"
#include "t5/report/message.h"
#include "tensor/error.h"

namespace t5 {
namespace {

struct ListCommand {};

void list(const ListCommand&, const Common& common) {
  for (const std::string& name : built_in_names()) {
    Task task = built_in_task(name);
    if (common.json)
      print_json({{"name", name},
                  {"what", task.what},
                  {"inputs", task.inputs.text()},
                  {"targets", task.targets.text()},
                  {"labels", task.labels()},
                  {"metrics", task.metrics}});
    else
      fmt::print("{:<14} {}\n{:<14} {}\n", name, task.what, "", task.inputs.text());
  }
}

struct ShowCommand {
  std::string task, data, split = "train", model;
  int64_t count = 3, inputs_length = 512, targets_length = 114;
};

// How many are longer than a model was pretrained on, which a published one was made to cut.
void tell_lengths(const ShowCommand& command, const std::vector<TokenPair>& pairs) {
  int64_t inputs = 0, targets = 0, longest = 0;
  for (const TokenPair& pair : pairs) {
    inputs += std::ssize(pair.input) > command.inputs_length;
    targets += std::ssize(pair.target) > command.targets_length;
    longest = std::max(longest, pair.token_count());
  }
  message("{} examples, the longest of {} tokens; {} inputs above {} tokens, {} targets above {}",
          pairs.size(), longest, inputs, command.inputs_length, targets, command.targets_length);
}

void show(const ShowCommand& command, const Common& common) {
  Task task = task_named(command.task);
  std::vector<TaskExample> examples =
      command.data.empty() ? task.examples(command.split) : task.examples_in(command.data);
  std::unique_ptr<Tokenizer> tokenizer;
  if (!command.model.empty()) tokenizer = load_tokenizer(command.model);
  for (int64_t i = 0; i < std::min(command.count, std::ssize(examples)); ++i) {
    const auto& [text, references, place] = examples[i];
    if (common.json) {
      print_json({{"inputs", text.input}, {"targets", text.target}, {"references", references}});
      continue;
    }
    fmt::print("inputs   {}\ntargets  {}\n", text.input, text.target);
    if (tokenizer)
      fmt::print("ids      {} -> {}\n", fmt::join(tokenizer->encode(text.input), " "),
                 fmt::join(tokenizer->encode(text.target), " "));
  }
  if (common.quiet) return;
  if (!tokenizer)
    return message("{} examples; --model tells their ids and lengths", examples.size());
  std::vector<TokenPair> pairs;
  for (const TaskExample& example : examples)
    pairs.push_back(
        {tokenizer->encode(example.text.input), tokenizer->encode(example.text.target)});
  tell_lengths(command, pairs);
}

void declare_show(Options& options, ShowCommand& o) {
  options.required("task", o.task, "a task's file, or a name of t5 tasks list")
      .path("--data", o.data, "a file of records, in place of the task's own")
      .text("--split", o.split, "of the task's files: train, validation, test")
      .integer("--count", o.count, "examples to print", 0)
      .path("--model", o.model, "whose tokenizer gives the ids")
      .integer("--inputs-length", o.inputs_length, "tokens above which inputs are counted", 1)
      .integer("--targets-length", o.targets_length, "tokens above which targets are counted", 1)
      .needs("--inputs-length", "--model")
      .needs("--targets-length", "--model");
}

}  // namespace

void add_tasks(Program& program) {
  program.group("tasks", "problems cast as text to text");
  program.command<ListCommand>(
      "tasks list", "the formats that are built in", "t5 tasks list", [](Options&, ListCommand&) {},
      list);
  program.command<ShowCommand>(
      "tasks show", "examples of a task as a model reads them",
      "t5 tasks show squad --data dev.jsonl --count 3 --model build/t5-small", declare_show, show);
}

}  // namespace t5
