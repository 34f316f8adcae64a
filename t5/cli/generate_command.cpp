// t5 generate.

#include <fmt/format.h>
#include <unistd.h>

#include "t5/cli/commands.h"
#include "t5/cli/input_notes.h"
#include "t5/cli/standard_input.h"
#include "t5/generation/generate.h"
#include "t5/generation/text_request.h"
#include "tensor/error.h"

namespace t5 {
namespace {

struct GenerateCommand {
  std::string model;
  TextRequest request;
  bool ids = false, scores = false;
  int64_t batch_size = 64;
  uint64_t seed = 0;
};

// What a reader of --help is told of the value of a setting.
const char* type_of(const GenerationSetting& setting) {
  constexpr const char* kTypes[] = {"N", "X", "true|false", "true|false|never", "ID[,ID]"};
  return kTypes[setting.field.index()];
}

// In a handler: an error about a setting of the command line is wrong usage, told of its flag.
[[noreturn]] void rethrow(const std::string& message, const TextRequest& request) {
  for (const auto& [name, text] : request.settings) {
    std::string place = "command line: " + name + ":";
    if (message.starts_with(place))
      throw UsageError{flag_of(name) + ":" + message.substr(place.size())};
  }
  throw;
}

TaskOptions read_options(const GenerateCommand& command, const TextModel& loaded) try {
  TaskOptions task = read_request(command.request, command.model, loaded);
  task.options.batch_size = command.batch_size;
  task.options.seed = command.seed;
  return task;
} catch (const Error& error) {
  rethrow(error.what(), command.request);
}

void print_output(const GenerateCommand& command, const Common& common, const std::string& input,
                  const std::string& text, double score) {
  if (common.json)
    print_json({{"input", input}, {"output", text}, {"score", score}});
  else if (command.scores)
    fmt::print("{:.6f}\t{}\n", score, text);
  else
    fmt::print("{}\n", text);
}

// At a terminal an output is shown as it grows.
void generate_lines(const GenerateCommand& command, const Common& common) {
  TextModel loaded =
      load_noted_model(command.model, {.use = Use::kPrediction}, common, command.ids);
  TaskOptions task = read_options(command, loaded);
  const GenerationOptions& options = task.options;
  bool talking = isatty(0) && isatty(1) && !common.json && !command.scores &&
                 options.num_beams == 1 && options.num_return_sequences == 1;
  Generator generator(*loaded.model);
  GrowingText growing(loaded);
  TokenCallback on_token;
  if (talking)
    on_token = [&](int64_t, Id token) {
      fmt::print("{}", growing.add(token));
      std::fflush(stdout);
    };
  for_each_chunk(4 * options.batch_size, [&](const std::vector<Line>& lines) {
    std::vector<Ids> inputs;
    for (const Line& line : lines)
      inputs.push_back(loaded.read(command.ids ? line.text : task.before + line.text, line.place));
    std::vector<Generated> outputs;
    if (common.json || command.scores)
      outputs = generator.generate_scored(inputs, options, on_token);
    else
      for (Ids& ids : generator.generate(inputs, options, on_token))
        outputs.push_back({std::move(ids)});
    for (size_t i = 0; i < outputs.size(); ++i) {
      const Line& line = lines[i / options.num_return_sequences];
      if (talking)
        fmt::print("{}\n", growing.finish(outputs[i].ids));
      else
        print_output(command, common, line.text, loaded.write(outputs[i].ids), outputs[i].score);
    }
  });
}

}  // namespace

void add_generate(Program& program) {
  program.command<GenerateCommand>(
      "generate", "lines of input on stdin to lines of output",
      "echo 'translate English to French: The cat sleeps.' | t5 generate --model build/demo/model",
      [](Options& options, GenerateCommand& o) {
        options.required("--model", o.model, "a model directory")
            .text("--task", o.request.task,
                  "of config.json's task_specific_params: prefix and options")
            .text("--prefix", o.request.prefix, "how every output begins")
            .path("--allowed", o.request.allowed, "a file with the allowed outputs, one a line")
            .texts("--bad-words", o.request.bad_words, "words that must not occur")
            .integer("--batch-size", o.batch_size, "inputs decoded together", 1, 1 << 20)
            .seed(o.seed)
            .flag("--scores", o.scores, "each output's score and a tab before it")
            .flag("--ids", o.ids, "lines are token ids, used as they are");
        for (const GenerationSetting& setting : generation_settings()) {
          bool yes_or_no = std::holds_alternative<bool GenerationOptions::*>(setting.field);
          options.setting(flag_of(setting.name), o.request.settings, setting.name, setting.help,
                          type_of(setting), yes_or_no ? "true" : nullptr);
        }
      },
      generate_lines);
}

}  // namespace t5
