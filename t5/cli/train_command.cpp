// t5 train.

#include "t5/cli/commands.h"
#include "t5/cli/input_notes.h"
#include "t5/cli/training.h"
#include "t5/train/dataset.h"

namespace t5 {
namespace {

void run(const TrainingCommand& command, const Common& common) {
  TextModel loaded = load_noted_model(command.model, {.use = Use::kTraining}, common);
  TrainingSet pairs = read_pairs(command.train, loaded, command.training.tokens_per_batch);
  run_training(command, common, *loaded.model, pairs, read_pairs(command.validation, loaded));
}

void declare(Options& options, TrainingCommand& command) {
  declare_training(
      options, command,
      {"TSV (input, tab, target) or JSON lines", "pairs to choose the best weights by", true});
  options.instead_of("--tokens-per-batch", "--batch-size");
}

}  // namespace

void add_train(Program& program) {
  program.command<TrainingCommand>(
      "train", "train a model on pairs of input and target text",
      "t5 train --model start --train train.tsv --validation valid.tsv "
      "--output trained --max-steps 2000 --learning-rate 0.05",
      declare, run);
}

}  // namespace t5
