// t5 train.

#include <algorithm>
#include <iterator>

#include "t5/cli/commands.h"
#include "t5/cli/training.h"
#include "t5/model/directory.h"
#include "t5/train/dataset.h"
#include "tensor/error.h"

namespace t5 {
namespace {

// With batches of so many tokens, every example has to fit into one.
void check_lengths(const std::vector<TokenPair>& pairs, int64_t budget, const std::string& file) {
  for (size_t i = 0; budget > 0 && i < pairs.size(); ++i)
    check(pairs[i].token_count() <= budget,
          "{}:{}: the example has {} tokens, input and target; --tokens-per-batch allows {}", file,
          i + 1, pairs[i].token_count(), budget);
}

std::vector<TokenPair> read_pairs(const std::vector<std::string>& files, const Tokenizer& tokenizer,
                                  const Config& config, int64_t budget = 0) {
  std::vector<TokenPair> pairs;
  for (const std::string& file : files) try {
      std::vector<TokenPair> more = tokenize(read_examples(file), tokenizer, config);
      check_lengths(more, budget, file);
      std::move(more.begin(), more.end(), std::back_inserter(pairs));
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
  std::vector<TokenPair> pairs =
      read_pairs(command.train, *tokenizer, model->config(), command.training.tokens_per_batch);
  std::vector<TokenPair> validation = read_pairs(command.validation, *tokenizer, model->config());
  run_training(command, common, *model, pairs, validation);
}

void declare(Options& options, TrainingCommand& command) {
  declare_training(
      options, command,
      {"TSV (input, tab, target) or JSON lines", "pairs to choose the best weights by"});
  options
      .integer("--tokens-per-batch", command.training.tokens_per_batch,
               "instead of --batch-size: as many examples of about one length as have so many "
               "tokens, input and target",
               1, int64_t{1} << 40, Show::kNothing)
      .instead_of("--tokens-per-batch", "--batch-size");
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
