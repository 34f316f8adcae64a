// t5 pretrain.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "t5/cli/commands.h"
#include "t5/cli/training.h"
#include "t5/model/directory.h"
#include "t5/text/lines.h"
#include "t5/train/span_corruption.h"
#include "tensor/error.h"

namespace t5 {
namespace {

struct PretrainCommand {
  TrainingCommand training;
  std::string objective = "span-corruption";
  NoiseOptions noise;
  int64_t inputs_length = 512;
};

// The text is hidden in the same places at every validation, and for every --seed.
constexpr uint64_t kValidationSeed = 0;

// Tokens of a chunk: what leaves the input at its wanted length.
int64_t chunk_length(const PretrainCommand& o) {
  return o.objective == "prefix-lm" ? o.inputs_length
                                    : chunk_lengths(o.inputs_length, o.noise).tokens;
}

std::vector<Ids> read_chunks(const std::vector<std::string>& files, const Tokenizer& tokenizer,
                             int64_t length) {
  std::vector<Ids> documents;
  for (const std::string& file : files) {
    std::vector<Ids> more = tokenize_documents(read_lines(file), tokenizer);
    bool has_text = std::any_of(more.begin(), more.end(), [](auto& ids) { return !ids.empty(); });
    check(has_text, "{}: there is no text in it; expected one document a line", file);
    std::move(more.begin(), more.end(), std::back_inserter(documents));
  }
  return split_into_chunks(documents, length);
}

void run(const PretrainCommand& command, const Common& common) {
  const TrainingCommand& training = command.training;
  auto tokenizer = load_tokenizer(training.model);
  auto model = load_model(training.model);
  check_vocabulary(*tokenizer, model->config());
  check(model->config().head == Head::kLanguageModel,
        "{}: pretraining needs a language model, this one has head {}", training.model,
        head_name(model->config().head));
  int64_t length = chunk_length(command);
  std::vector<Ids> chunks = read_chunks(training.train, *tokenizer, length);
  std::vector<Ids> held_out = read_chunks(training.validation, *tokenizer, length);
  Objective objective = make_objective(command.objective, command.noise, markers_of(*tokenizer));
  std::string settings = fmt::format(
      "objective={} noise_density={} mean_noise_span_length={} inputs_length={}", command.objective,
      command.noise.density, command.noise.mean_span_length, command.inputs_length);
  TrainingSet data = with_objective(chunks, objective, training.training.seed, settings);
  TrainingSet asked = with_objective(held_out, objective, kValidationSeed, settings);
  std::vector<TokenPair> validation;
  for (int64_t i = 0; i < asked.size(); ++i) validation.push_back(asked.example(i, 0));
  run_training(training, common, *model, data, validation);
}

void declare(Options& options, PretrainCommand& o) {
  declare_training(options, o.training,
                   {"plain text, one document a line", "text to choose the best weights by"});
  options
      .one_of("--objective", o.objective, "how text becomes input and target",
              {"span-corruption", "iid-denoising", "prefix-lm"})
      .number("--noise-density", o.noise.density, "share of the tokens that are hidden", 0.001,
              0.999)
      .number("--mean-noise-span-length", o.noise.mean_span_length,
              "tokens in a hidden span, on average", 1, 1e6)
      .integer("--inputs-length", o.inputs_length, "tokens of an input, at most", 3, 1 << 20);
}

}  // namespace

void add_pretrain(Program& program) {
  program.command<PretrainCommand>(
      "pretrain", "train a model on plain text, by filling in what was hidden",
      "t5 pretrain --model start --train text.txt --output pretrained --max-steps 2000 "
      "--learning-rate 0.05 --inputs-length 128",
      declare, run);
}

}  // namespace t5
