// t5 diff, t5 verify.

#include <fmt/format.h>

#include "t5/cli/commands.h"
#include "t5/compare/divergence.h"
#include "t5/compare/published.h"
#include "t5/model/directory.h"
#include "t5/model/text_model.h"
#include "tensor/error.h"

namespace t5 {
namespace {

struct DiffCommand {
  std::string model, states;
  double tolerance = 1e-4;
  bool script = false;
};

void print_divergence(const Divergence& found, double tolerance) {
  for (const StateGap& state : found.states)
    fmt::print("{:<28} {:>10.2e}{}\n", state.name, state.gap,
               state.name == found.first ? "   <- the first that differs" : "");
  if (found.first.empty())
    fmt::print("no difference above {:g}\n", tolerance);
  else
    fmt::print("{}: {}\n", found.first, found.cause);
}

void diff(const DiffCommand& command, const Common& common) {
  if (command.script) return fmt::print("{}", kDumpScript);
  if (command.model.empty() || command.states.empty())
    throw UsageError{"diff: give --model and --states, or --script"};
  auto model = load_model(command.model);
  Dump dump(command.states, model->config());
  Divergence found = find_divergence(*model, dump, command.tolerance);
  if (common.json) {
    std::vector<JsonText::Fields> states;
    for (const StateGap& state : found.states)
      states.push_back({{"name", state.name}, {"difference", state.gap}});
    print_json({{"states", states}, {"first", found.first}, {"cause", found.cause}});
  } else {
    print_divergence(found, command.tolerance);
  }
  if (!found.first.empty()) throw ExitStatus{1};
}

std::string expected_text(const PublishedValue& value) {
  return value.tolerance == 0 ? value.output
                              : fmt::format("{:.4f} ± {:g}", value.score, value.tolerance);
}

// What is asked, in one line.
std::string question(const PublishedValue& value) {
  if (value.tolerance > 0)
    return fmt::format("log P({} | {})", JsonText(value.output).text(),
                       JsonText(value.input).text());
  return value.task.empty() ? value.input : fmt::format("{}: {}", value.task, value.input);
}

struct VerifyCommand {
  std::string model, answers;
};

void verify_directory(const VerifyCommand& o, const Common& common) {
  Config config = load_config(o.model);
  PublishedAnswers answers = read_published(o.answers, config);
  auto [model, tokenizer] = load_text_model(o.model, {.use = Use::kTraining});
  int64_t passed = 0, count = std::ssize(answers.values);
  for (const PublishedValue& value : answers.values) {
    Verification v = verify(*model, *tokenizer, value);
    passed += v.passed;
    if (common.json)
      print_json({{"input", question(value)},
                  {"expected", expected_text(value)},
                  {"found", v.found},
                  {"passed", v.passed}});
    else
      fmt::print("{}  {}\n        expected  {}\n        found     {}\n",
                 v.passed ? "pass  " : "FAILED", question(value), expected_text(value), v.found);
    std::fflush(stdout);
  }
  if (!common.json)
    fmt::print("{}: {} of {} published values of {}\n", o.model, passed, count, answers.model);
  if (passed < count) throw ExitStatus{1};
}

}  // namespace

void add_verify(Program& program) {
  program.command<VerifyCommand>(
      "verify", "hold a published checkpoint against its published answers",
      "t5 verify build/t5-small --answers tutorials/published.json",
      [](Options& options, VerifyCommand& o) {
        options.required("model", o.model, "a published model's directory")
            .required("--answers", o.answers, "its answers, as in tutorials/published.json");
      },
      verify_directory);
}

void add_diff(Program& program) {
  program.command<DiffCommand>(
      "diff", "find the first layer where another implementation differs, and why",
      "t5 diff --script > dump.py; python dump.py MODEL states.safetensors; "
      "t5 diff --model MODEL --states states.safetensors",
      [](Options& options, DiffCommand& o) {
        options.path("--model", o.model, "a model directory")
            .path("--states", o.states, "the other implementation's states, as --script dumps them")
            .number("--tolerance", o.tolerance, "of the largest number in a state", 0, 1)
            .flag("--script", o.script, "print a script that dumps the states of transformers")
            .instead_of("--script", "--model")
            .instead_of("--script", "--states");
      },
      diff);
}

}  // namespace t5
