// t5 train.

#include <fmt/format.h>

#include "t5/cli/commands.h"
#include "t5/files/json.h"
#include "t5/model/directory.h"
#include "t5/train/dataset.h"
#include "t5/train/interrupt.h"
#include "t5/train/trainer.h"
#include "tensor/error.h"

namespace t5 {
namespace {

struct Options {
  std::string model;
  std::vector<std::string> train, validation;
  TrainOptions training;
};

std::vector<TokenPair> read_pairs(const std::vector<std::string>& files,
                                  const Tokenizer& tokenizer) {
  std::vector<Example> examples;
  for (const std::string& file : files)
    for (Example& example : read_examples(file)) examples.push_back(std::move(example));
  return tokenize(examples, tokenizer);
}

const char* reason_text(StopReason reason) {
  if (reason == StopReason::kEarly) return "stopped early: no improvement";
  return reason == StopReason::kInterrupted ? "interrupted" : "finished";
}

void report(const TrainResult& result, const Options& options, const Common& common) {
  if (common.json) {
    Json json = {{"steps", result.state.step},
                 {"loss", result.loss},
                 {"seconds", result.seconds},
                 {"reason", reason_text(result.reason)},
                 {"output", options.training.output_dir}};
    if (result.state.best_step > 0) {
      json["best_validation_loss"] = result.state.best_loss;
      json["best_step"] = result.state.best_step;
    }
    fmt::print("{}\n", json.dump());
  } else if (!common.quiet) {
    fmt::print(stderr, "{} after {} steps, {:.1f} s; {}\n", reason_text(result.reason),
               result.state.step, result.seconds, options.training.output_dir);
  }
}

void run(Options options, const Common& common) {
  auto tokenizer = load_tokenizer(options.model);
  auto model = load_model(options.model);
  check_vocabulary(*tokenizer, model->config());
  std::vector<TokenPair> pairs = read_pairs(options.train, *tokenizer);
  std::vector<TokenPair> validation = read_pairs(options.validation, *tokenizer);
  options.training.quiet = common.quiet;
  copy_tokenizer(options.model, options.training.output_dir);
  TrainResult result = train(*model, pairs, validation, options.training);
  report(result, options, common);
  if (result.reason != StopReason::kInterrupted) return;
  fmt::print(stderr, "t5: interrupted at step {}; the same command with --resume goes on\n",
             result.state.step);
  throw CLI::RuntimeError(kInterruptedStatus);
}

void declare_recipe(CLI::App& command, TrainOptions& o) {
  auto count = CLI::Range(int64_t{1}, int64_t{1} << 40);
  auto steps = CLI::Range(int64_t{0}, int64_t{1} << 40);
  auto option = [&command](const char* name, auto& value, const char* help) {
    return command.add_option(name, value, help)->capture_default_str();
  };
  option("--max-steps", o.max_steps, "optimiser steps")->check(count);
  option("--batch-size", o.batch_size, "examples per forward pass")->check(count);
  option("--gradient-accumulation-steps", o.gradient_accumulation_steps, "forward passes per step")
      ->check(count);
  option("--optim", o.optim, "optimiser")->check(CLI::IsMember({"adafactor", "adamw", "sgd"}));
  option("--learning-rate", o.learning_rate, "its peak")->check(CLI::Range(0.0, 1e6));
  option("--lr-scheduler-type", o.lr_scheduler_type, "how the rate changes")
      ->check(CLI::IsMember({"constant", "linear", "cosine", "inverse_sqrt"}));
  option("--warmup-steps", o.warmup_steps, "steps in which the rate grows from 0")->check(steps);
  command.add_option("--weight-decay", o.weight_decay, "default: 0.01 for adamw, 0 otherwise")
      ->check(CLI::Range(0.0, 1.0));
  option("--max-grad-norm", o.max_grad_norm, "clip gradients to this norm; 0: never")
      ->check(CLI::Range(0.0, 1e9));
  command.add_option("--dropout-rate", o.dropout_rate, "default: that of config.json")
      ->check(CLI::Range(0.0, 0.99));
  option("--label-smoothing-factor", o.label_smoothing_factor, "label smoothing")
      ->check(CLI::Range(0.0, 0.99));
  option("--z-loss", o.z_loss, "weight of log(Z)^2; T5's own training used 1e-4")
      ->check(CLI::Range(0.0, 1.0));
  option("--seed", o.seed, "of order and dropout");
}

void declare(CLI::App& command, Options& o) {
  auto steps = CLI::Range(int64_t{0}, int64_t{1} << 40);
  command.add_option("--model", o.model, "the model directory to start from")->required();
  command.add_option("--train", o.train, "TSV (input, tab, target) or JSON lines")->required();
  command.add_option("--validation", o.validation, "pairs to choose the best weights by");
  command.add_option("--output", o.training.output_dir, "the model directory to write")->required();
  command.add_flag("--resume", o.training.resume, "go on from the checkpoint in --output");
  declare_recipe(command, o.training);
  command.add_option("--eval-steps", o.training.eval_steps, "steps between validations")
      ->check(steps)
      ->capture_default_str();
  command.add_option("--save-steps", o.training.save_steps, "steps between checkpoints")
      ->check(steps)
      ->capture_default_str();
  command
      .add_option("--logging-steps", o.training.logging_steps,
                  "steps between rows of metrics.jsonl")
      ->check(steps)
      ->capture_default_str();
  command
      .add_option("--early-stopping-patience", o.training.early_stopping_patience,
                  "stop after this many validations without improvement; 0: never")
      ->check(steps)
      ->capture_default_str();
}

}  // namespace

void add_train(CLI::App& app) {
  add_command<Options>(app, "train", "train a model on pairs of input and target text",
                       "t5 train --model start --train train.tsv --validation valid.tsv "
                       "--output trained --max-steps 2000 --learning-rate 0.05",
                       declare, run);
}

}  // namespace t5
