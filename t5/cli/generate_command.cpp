// t5 generate.

#include <fmt/format.h>
#include <unistd.h>

#include "t5/cli/commands.h"
#include "t5/cli/request.h"
#include "t5/cli/standard_input.h"
#include "t5/cli/transfer_options.h"
#include "t5/generation/generate.h"
#include "tensor/error.h"

namespace t5 {
namespace {

struct GenerateCommand {
  std::string model;
  AdapterOptions adapters;
  RequestOptions request;
  bool ids = false, scores = false;
  int64_t batch_size = 64;
};

std::string output_line(const GenerateCommand& command, const Common& common,
                        const std::string& input, const std::string& text, double score) {
  if (common.json) return JsonText({{"input", input}, {"output", text}, {"score", score}}).text();
  return command.scores ? fmt::format("{:.6f}\t{}", score, text) : text;
}

// At a terminal an output is shown as it grows.
void generate_lines(const GenerateCommand& command, const Common& common) {
  TextModel loaded = load_adapted_model(command.model, command.adapters, common, command.ids);
  AskedTask asked = read_options(command.request, loaded, common);
  GenerationOptions& options = asked.request.options;
  options.batch_size = command.batch_size;
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
  answer_lines(4 * options.batch_size, [&](std::span<const Line> lines) {
    options.first_input = lines[0].number;
    std::vector<Ids> inputs;
    for (const Line& line : lines)
      inputs.push_back(loaded.read(command.ids ? line.text : asked.input_of(line), line.place));
    std::vector<Generated> outputs;
    if (common.json || command.scores)
      outputs = generator.generate_scored(inputs, options, on_token);
    else
      for (Ids& ids : generator.generate(inputs, options, on_token))
        outputs.push_back({std::move(ids)});
    std::vector<std::string> answers;
    for (size_t i = 0; i < outputs.size(); ++i) {
      const auto& [ids, score] = outputs[i];
      const Line& line = lines[i / options.num_return_sequences];
      answers.push_back(talking ? growing.finish(ids)
                                : output_line(command, common, line.text,
                                              asked.answer_of(loaded.write(ids)), score));
    }
    return answers;
  });
}

}  // namespace

void add_generate(Program& program) {
  program.command<GenerateCommand>(
      "generate", "lines of input on stdin to lines of output",
      "echo 'translate English to French: The cat sleeps.' | t5 generate --model build/demo/model",
      [](Options& options, GenerateCommand& o) {
        options.required("--model", o.model, "a model directory")
            .integer("--batch-size", o.batch_size, "inputs decoded together", 1, 1 << 20)
            .flag("--scores", o.scores, "each output's score and a tab before it")
            .flag("--ids", o.ids, "lines are token ids, used as they are");
        declare_adapters(options, o.adapters);
        declare_request(options, o.request);
      },
      generate_lines);
}

}  // namespace t5
