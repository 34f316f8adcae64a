// t5 diff.

#include <fmt/format.h>

#include "t5/cli/commands.h"
#include "t5/compare/divergence.h"
#include "t5/files/json.h"
#include "t5/model/directory.h"
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
    Json states = Json::array();
    for (const StateGap& state : found.states)
      states.push_back({{"name", state.name}, {"difference", state.gap}});
    fmt::print("{}\n",
               Json({{"states", states}, {"first", found.first}, {"cause", found.cause}}).dump());
  } else {
    print_divergence(found, command.tolerance);
  }
  if (!found.first.empty()) throw ExitStatus{1};
}

}  // namespace

void add_diff(Program& program) {
  program.command<DiffCommand>(
      "diff", "find the first layer where another implementation differs, and why",
      "t5 diff --script > dump.py; python dump.py MODEL states.safetensors; "
      "t5 diff --model MODEL --states states.safetensors",
      [](Options& options, DiffCommand& o) {
        options.text("--model", o.model, "a model directory")
            .text("--states", o.states, "the other implementation's states, as --script dumps them")
            .number("--tolerance", o.tolerance, "of the largest number in a state", 0, 1)
            .flag("--script", o.script, "print a script that dumps the states of transformers");
      },
      diff);
}

}  // namespace t5
