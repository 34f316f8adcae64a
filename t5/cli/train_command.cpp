// t5 train.

#include "t5/cli/commands.h"
#include "t5/cli/task_options.h"
#include "t5/cli/training.h"
#include "t5/cli/transfer_options.h"
#include "t5/report/message.h"
#include "t5/train/dataset.h"

namespace t5 {
namespace {

struct TrainCommand {
  TrainingCommand training;
  MixtureOptions mixture;
  TransferOptions transfer;
  std::string cache_dir;
};

void check_usage(const TrainCommand& o) {
  if (o.training.train.empty() == !o.mixture.asked())
    throw UsageError{"train: give --train, or --task or --mixture"};
  if (o.mixture.asked() && !o.training.validation.empty())
    throw UsageError{"train: --validation goes with --train; a task has a validation split"};
  const TrainOptions given = o.training.training, none;
  if (o.mixture.asked() || !o.training.validation.empty()) return;
  if (given.eval_steps != none.eval_steps) throw UsageError{"--eval-steps requires --validation"};
  if (given.early_stopping_patience != none.early_stopping_patience)
    throw UsageError{"--early-stopping-patience requires --validation"};
}

void train_mixture(const TrainCommand& command, const TrainingCommand& training,
                   const Common& common, TextModel& loaded) {
  Mixture mixture = chosen_mixture(command.mixture);
  TrainingSet data = mixed_set(mixture, loaded, training.training.seed);
  run_training(training, common, *loaded.model, data,
               validation_of(mixture, loaded, command.mixture.max_eval_samples));
}

// What begins as zeros gets next to nothing from steps in proportion to its size.
void note_zeros(const std::string& peft_type, const std::string& optim, const Common& common) {
  bool has_zeros = peft_type == "lora" || peft_type == "bottleneck";
  if (has_zeros && optim == "adafactor" && !common.quiet)
    message(
        "t5: note: Adafactor hardly moves a {}, which begins with zeros; --optim adamw trains it",
        peft_type);
}

void run(const TrainCommand& command, const Common& common) {
  TrainingCommand training = command.training;
  check_usage(command);
  auto [loaded, form] =
      load_trained_model(training.model, command.transfer, training.training.seed, common);
  training.training.form = form;
  note_zeros(command.transfer.peft_type, training.training.optim, common);
  check_output(training);
  if (command.mixture.asked()) return train_mixture(command, training, common, loaded);
  TrainingSet pairs =
      read_training_pairs(training.train, loaded, training.training.tokens_per_batch,
                          training_cache(command.cache_dir, common));
  run_training(training, common, *loaded.model, pairs, read_pairs(training.validation, loaded));
}

void declare(Options& options, TrainCommand& command) {
  declare_training(
      options, command.training,
      {"TSV (input, tab, target) or JSON lines", "pairs to choose the best weights by", true});
  declare_mixture(options, command.mixture);
  declare_transfer(options, command.transfer);
  options.instead_of("--tokens-per-batch", "--batch-size")
      .path("--cache-dir", command.cache_dir,
            "where is kept what is made of the files for the next start; without it that of large "
            "files, in ~/.cache/t5")
      .needs("--cache-dir", "--train");
}

}  // namespace

void add_train(Program& program) {
  program.command<TrainCommand>("train",
                                "train a model on pairs of input and target text, or on tasks",
                                "t5 train --model start --train train.tsv --validation valid.tsv "
                                "--output trained --max-steps 2000 --learning-rate 0.05",
                                declare, run);
}

}  // namespace t5
