// The commands of the program, one function each that declares its options and what it does.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

namespace t5 {

// The options that every command has.
struct Common {
  int threads = 0;
  bool json = false, quiet = false;
};

void begin_command(const Common& common);  // sets the threads

// A command with the common options, described and with an example under its --help. Its options
// live in an Options struct that the callback keeps alive: `run(options, common)` is called when
// the command was chosen.
template <class Options, class Declare, class Run>
void add_command(CLI::App& app, const std::string& name, const std::string& description,
                 const std::string& example, const Declare& declare, const Run& run) {
  struct State {
    Options options;
    Common common;
  };
  auto state = std::make_shared<State>();
  CLI::App* command = app.add_subcommand(name, description);
  command->footer("Example: " + example);
  declare(*command, state->options);
  command->add_option("--threads", state->common.threads, "threads to use; 0: all cores")
      ->check(CLI::Range(0, 1024));
  command->add_flag("--json", state->common.json, "print the result as JSON");
  command->add_flag("--quiet", state->common.quiet, "no progress, no notes");
  command->callback([state, run] {
    begin_command(state->common);
    run(state->options, state->common);
  });
}

void add_info(CLI::App& app);
void add_tokenizer(CLI::App& app);
void add_new(CLI::App& app);
void add_inspect(CLI::App& app);
void add_train(CLI::App& app);
void add_generate(CLI::App& app);
void add_score(CLI::App& app);
void add_evaluate(CLI::App& app);

// The ids written on one line, separated by spaces. `place` is named in errors.
std::vector<int32_t> parse_ids(const std::string& line, const std::string& place,
                               int64_t vocab_size);

}  // namespace t5
