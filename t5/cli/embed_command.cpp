// t5 embed.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "t5/cli/commands.h"
#include "t5/cli/input_notes.h"
#include "t5/cli/standard_input.h"
#include "t5/model/embed.h"
#include "t5/model/text_model.h"

namespace t5 {
namespace {

struct EmbedCommand {
  std::string model, pooling = "mean";
  bool ids = false;
  int64_t batch_size = 64;
};

// One (rows, M) matrix: a line of numbers for each row, and where there are several an empty one.
std::string text_of(const Tensor& vectors, bool per_token) {
  std::vector<std::string> rows;
  for (int64_t r = 0; r < vectors.dim(0); ++r)
    rows.push_back(fmt::format("{}", fmt::join(vectors.select(0, r).to_vector(), " ")));
  if (per_token) rows.push_back("");
  return fmt::format("{}", fmt::join(rows, "\n"));
}

std::string json_of(const std::string& line, const Tensor& vectors, bool per_token) {
  std::vector<std::vector<real>> rows;
  for (int64_t r = 0; r < vectors.dim(0); ++r) rows.push_back(vectors.select(0, r).to_vector());
  if (per_token) return JsonText({{"input", line}, {"embeddings", rows}}).text();
  return JsonText({{"input", line}, {"embedding", rows[0]}}).text();
}

void embed_lines(const EmbedCommand& command, const Common& common) {
  Config config = load_config(command.model);
  config.head = &task_head("none");  // the encoder alone
  TextModel loaded = load_noted_model(command.model, {.use = Use::kPrediction, .config = config},
                                      common, command.ids);
  bool per_token = command.pooling == "none";
  answer_lines(command.batch_size, [&](std::span<const Line> lines) {
    std::vector<Ids> inputs;
    for (const Line& line : lines) inputs.push_back(loaded.read(line.text, line.place));
    std::vector<Tensor> vectors =
        embed(*loaded.model, inputs, per_token ? Pooling::kNone : Pooling::kMean);
    std::vector<std::string> answers;
    for (size_t i = 0; i < lines.size(); ++i)
      answers.push_back(common.json ? json_of(lines[i].text, vectors[i], per_token)
                                    : text_of(vectors[i], per_token));
    return answers;
  });
}

}  // namespace

void add_embed(Program& program) {
  program.command<EmbedCommand>(
      "embed", "lines of input on stdin to vectors: the encoder alone",
      "echo 'The cat sleeps.' | t5 embed --model build/demo/model",
      [](Options& options, EmbedCommand& o) {
        options.required("--model", o.model, "a model directory; a decoder is not needed")
            .one_of("--pooling", o.pooling, "mean of a line's tokens, or none: a vector per token",
                    {"mean", "none"})
            .integer("--batch-size", o.batch_size, "lines encoded together", 1, 1 << 20)
            .flag("--ids", o.ids, "lines are token ids, used as they are");
      },
      embed_lines);
}

}  // namespace t5
