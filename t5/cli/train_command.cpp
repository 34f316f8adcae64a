// t5 train.

#include "t5/cli/commands.h"
#include "t5/cli/input_notes.h"
#include "t5/cli/training.h"
#include "t5/train/dataset.h"

namespace t5 {
namespace {

struct TrainCommand {
  TrainingCommand training;
  std::string cache_dir;
};

void run(const TrainCommand& options, const Common& common) {
  const TrainingCommand& command = options.training;
  check_output(command);
  TextModel loaded = load_noted_model(command.model, {.use = Use::kTraining}, common);
  TrainingSet pairs = read_training_pairs(command.train, loaded, command.training.tokens_per_batch,
                                          training_cache(options.cache_dir, common));
  run_training(command, common, *loaded.model, pairs, read_pairs(command.validation, loaded));
}

void declare(Options& options, TrainCommand& command) {
  declare_training(
      options, command.training,
      {"TSV (input, tab, target) or JSON lines", "pairs to choose the best weights by", true});
  options.instead_of("--tokens-per-batch", "--batch-size")
      .path("--cache-dir", command.cache_dir,
            "where is kept what is made of the files for the next start; without it that of large "
            "files, in ~/.cache/t5");
}

}  // namespace

void add_train(Program& program) {
  program.command<TrainCommand>("train", "train a model on pairs of input and target text",
                                "t5 train --model start --train train.tsv --validation valid.tsv "
                                "--output trained --max-steps 2000 --learning-rate 0.05",
                                declare, run);
}

}  // namespace t5
