// t5 pretrain.

#include <fmt/format.h>

#include "t5/cli/commands.h"
#include "t5/cli/input_notes.h"
#include "t5/cli/training.h"
#include "t5/model/text_model.h"
#include "t5/train/pretraining.h"
#include "tensor/error.h"

namespace t5 {
namespace {

struct PretrainCommand {
  TrainingCommand training;
  std::string cache_dir;
  PretrainOptions text;
};

// The text is hidden in the same places at every validation, and for every --seed.
constexpr uint64_t kValidationSeed = 0;

void check_noise(const PretrainOptions& o) {
  const ObjectiveKind& kind = objective_kind(o.objective);
  auto refuse = [&](bool is_given, bool is_used, const char* option) {
    if (is_given && !is_used)
      throw UsageError{
          fmt::format("pretrain: {} has no effect with --objective {}", option, o.objective)};
  };
  refuse(o.noise.density != NoiseOptions().density, kind.has_density, "--noise-density");
  refuse(o.noise.mean_span_length != NoiseOptions().mean_span_length, kind.has_spans,
         "--mean-noise-span-length");
}

std::vector<std::string> objective_names() {
  std::vector<std::string> names;
  for (const ObjectiveKind& kind : objective_kinds()) names.emplace_back(kind.name);
  return names;
}

void run(const PretrainCommand& command, const Common& common) {
  const TrainingCommand& training = command.training;
  check_noise(command.text);
  check_output(training);
  TextModel loaded = load_noted_model(training.model, {.use = Use::kTraining}, common, false, true);
  check(loaded.config().writes_text(),
        "{}: pretraining needs a language model, this one has head {}", training.model,
        loaded.config().head->name);
  auto read = [&](const std::vector<std::string>& files, uint64_t seed) {
    PretrainOptions text = command.text;
    text.tokenizer_dir = training.model;
    text.cache = training_cache(command.cache_dir, common);
    return read_text(files, *loaded.tokenizer, text, seed);
  };
  run_training(training, common, *loaded.model, read(training.train, training.training.seed),
               read(training.validation, kValidationSeed).examples(0));
}

void declare(Options& options, PretrainCommand& o) {
  declare_training(
      options, o.training,
      {"plain text, one document a line", "text to choose the best weights by", false});
  options
      .one_of("--objective", o.text.objective, "how text becomes input and target",
              objective_names())
      .number("--noise-density", o.text.noise.density, "share of the tokens that are hidden", 0.001,
              0.999)
      .number("--mean-noise-span-length", o.text.noise.mean_span_length,
              "tokens in a hidden span, on average", 1, 1e6)
      .integer("--inputs-length", o.text.inputs_length, "tokens of an input, at most", 3, 1 << 20)
      .one_of("--sentinels", o.text.sentinels,
              "ids of ByT5's sentinels: 258, 257, … as it was pretrained, or <extra_id_0> …",
              {"published", "tokenizer"})
      .path("--cache-dir", o.cache_dir,
            "where the tokens of the text are kept for the next start; without it those of large "
            "files, in ~/.cache/t5");
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
