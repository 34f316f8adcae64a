#include "t5/cli/training.h"

#include <fmt/format.h>

#include "t5/cli/json_answer.h"
#include "t5/model/directory.h"
#include "t5/report/profile_table.h"
#include "t5/train/interrupt.h"

namespace t5 {
namespace {

const char* reason_text(StopReason reason) {
  if (reason == StopReason::kEarly) return "stopped early: no improvement";
  return reason == StopReason::kInterrupted ? "interrupted" : "finished";
}

std::vector<JsonText::Fields> profile_json(const Profile& profile) {
  std::vector<JsonText::Fields> lines;
  for (const ProfileLine& line : profile_lines(profile, measured_rates()))
    lines.push_back({{"name", line.name},
                     {"calls", line.calls},
                     {"seconds", line.seconds},
                     {"share", line.share},
                     {"operations_per_second", line.operation_rate},
                     {"bytes_per_second", line.byte_rate},
                     {"ratio_to_bound", line.ratio}});
  return lines;
}

void report(const TrainResult& result, const TrainingCommand& command, const Common& common) {
  if (common.json) {
    JsonText::Fields json = {{"steps", result.state.step},
                             {"loss", result.loss},
                             {"seconds", result.seconds},
                             {"reason", reason_text(result.reason)},
                             {"output", command.training.output_dir}};
    if (result.state.best_step > 0) {
      json.emplace_back("best_validation_loss", result.state.best_loss);
      json.emplace_back("best_step", result.state.best_step);
    }
    if (result.profile) json.emplace_back("profile", profile_json(*result.profile));
    return print_json(json);
  }
  if (!common.quiet)
    fmt::print(stderr, "{} after {} steps, {:.1f} s; {}\n", reason_text(result.reason),
               result.state.step, result.seconds, command.training.output_dir);
  if (result.profile)
    fmt::print("{}", profile_table(*result.profile, measured_rates()));
  else if (command.training.profile && !common.quiet)
    fmt::print(stderr, "t5: note: --profile leaves out the first step, and there was no other\n");
}

void declare_recipe(Options& options, TrainOptions& o) {
  options.integer("--max-steps", o.max_steps, "optimiser steps", 1)
      .integer("--batch-size", o.batch_size, "examples per forward pass", 1)
      .integer("--gradient-accumulation-steps", o.gradient_accumulation_steps,
               "forward passes per step", 1)
      .one_of("--optim", o.optim, "optimiser", {"adafactor", "adamw", "sgd"})
      .number("--learning-rate", o.learning_rate, "its peak", 0, 1e6)
      .one_of("--lr-scheduler-type", o.lr_scheduler_type, "how the rate changes",
              {"constant", "linear", "cosine", "inverse_sqrt"})
      .integer("--warmup-steps", o.warmup_steps, "steps in which the rate grows from 0", 0)
      .number("--weight-decay", o.weight_decay, "default: 0.01 for adamw, 0 otherwise", 0, 1,
              Show::kNothing)
      .number("--max-grad-norm", o.max_grad_norm, "clip gradients to this norm; 0: never", 0, 1e9)
      .number("--dropout-rate", o.dropout_rate, "default: that of config.json", 0, 0.99,
              Show::kNothing)
      .number("--label-smoothing-factor", o.label_smoothing_factor, "label smoothing", 0, 0.99)
      .number("--z-loss", o.z_loss, "weight of log(Z)^2; T5's own training used 1e-4", 0, 1)
      .flag("--gradient-checkpointing", o.gradient_checkpointing,
            "compute each block again in the backward pass: less memory, more time")
      .seed(o.seed);
}

}  // namespace

void declare_training(Options& options, TrainingCommand& o, const FileHelp& help) {
  options.required("--model", o.model, "the model directory to start from")
      .files("--train", o.train, help.train, true)
      .files("--validation", o.validation, help.validation, false)
      .required("--output", o.training.output_dir, "the model directory to write")
      .flag("--resume", o.training.resume, "go on from the checkpoint in --output");
  declare_recipe(options, o.training);
  options.integer("--eval-steps", o.training.eval_steps, "steps between validations", 0)
      .integer("--save-steps", o.training.save_steps, "steps between checkpoints", 0)
      .integer("--logging-steps", o.training.logging_steps, "steps between rows of metrics.jsonl",
               0)
      .flag("--profile", o.training.profile, "print where the time of a step goes, op by op")
      .integer("--early-stopping-patience", o.training.early_stopping_patience,
               "stop after this many validations without improvement; 0: never", 0);
}

void run_training(const TrainingCommand& command, const Common& common, Model& model,
                  const TrainingSet& data, const std::vector<TokenPair>& validation) {
  TrainOptions options = command.training;
  options.quiet = common.quiet;
  copy_tokenizer(command.model, options.output_dir);
  TrainResult result = train(model, data, validation, options);
  report(result, command, common);
  if (result.reason != StopReason::kInterrupted) return;
  fmt::print(stderr, "t5: interrupted at step {}; the same command with --resume goes on\n",
             result.state.step);
  throw ExitStatus{kInterruptedStatus};
}

}  // namespace t5
