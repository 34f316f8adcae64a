// t5 train.

#include "t5/cli/commands.h"
#include "t5/cli/training.h"
#include "t5/model/directory.h"
#include "t5/train/dataset.h"
#include "tensor/error.h"

namespace t5 {
namespace {

std::vector<TokenPair> read_pairs(const std::vector<std::string>& files, const Tokenizer& tokenizer,
                                  const Config& config) {
  std::vector<TokenPair> pairs;
  for (const std::string& file : files) try {
      for (TokenPair& pair : tokenize(read_examples(file), tokenizer, config))
        pairs.push_back(std::move(pair));
    } catch (const Error& error) {
      std::string message = error.what();
      fail("{}{}", message.starts_with(file) ? "" : file + ": ", message);
    }
  return pairs;
}

void run(const TrainingCommand& command, const Common& common) {
  auto tokenizer = load_tokenizer(command.model);
  auto model = load_model(command.model);
  check_vocabulary(*tokenizer, model->config());
  std::vector<TokenPair> pairs = read_pairs(command.train, *tokenizer, model->config());
  std::vector<TokenPair> validation = read_pairs(command.validation, *tokenizer, model->config());
  run_training(command, common, *model, pairs, validation);
}

void declare(Options& options, TrainingCommand& command) {
  declare_training(
      options, command,
      {"TSV (input, tab, target) or JSON lines", "pairs to choose the best weights by"});
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
