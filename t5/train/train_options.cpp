#include "t5/train/train_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "tensor/error.h"

namespace t5 {
namespace {

using O = TrainOptions;
constexpr double kAny = static_cast<double>(int64_t{1} << 40);

const TrainSetting kSettings[] = {
    {"max_steps", &O::max_steps, Part::kRecipe, "optimiser steps", 1, kAny},
    {"batch_size", &O::batch_size, Part::kRecipe, "examples per forward pass", 1, kAny},
    {"gradient_accumulation_steps", &O::gradient_accumulation_steps, Part::kRecipe,
     "forward passes per step", 1, kAny},
    {"optim", &O::optim, Part::kRecipe, "optimiser", 0, 0, {"adafactor", "adamw", "sgd"}},
    {"learning_rate", &O::learning_rate, Part::kRecipe, "its peak", 0, 1e6},
    {"lr_scheduler_type",
     &O::lr_scheduler_type,
     Part::kRecipe,
     "how the rate changes",
     0,
     0,
     {"constant", "linear", "cosine", "inverse_sqrt"}},
    {"warmup_steps", &O::warmup_steps, Part::kRecipe, "steps in which the rate grows from 0", 0,
     kAny},
    {"weight_decay", &O::weight_decay, Part::kRecipe, "default: 0.01 for adamw, 0 otherwise", 0, 1},
    {"max_grad_norm", &O::max_grad_norm, Part::kRecipe, "clip gradients to this norm; 0: never", 0,
     1e9},
    {"dropout_rate", &O::dropout_rate, Part::kRecipe, "default: that of config.json", 0, 0.99},
    {"label_smoothing_factor", &O::label_smoothing_factor, Part::kRecipe, "label smoothing", 0,
     0.99},
    {"z_loss", &O::z_loss, Part::kRecipe, "weight of log(Z)^2; T5's own training used 1e-4", 0, 1},
    {"gradient_checkpointing", &O::gradient_checkpointing, Part::kConduct,
     "compute each block again in the backward pass: less memory, more time"},
    {"seed", &O::seed, Part::kRecipe, "of the random numbers"},
    {"eval_steps", &O::eval_steps, Part::kRecipe, "steps between validations", 0, kAny},
    {"metric_for_best_model", &O::metric_for_best_model, Part::kRecipe,
     "what the best weights are chosen by: loss, token_accuracy, or TASK/METRIC and mean of "
     "--task"},
    {"save_steps", &O::save_steps, Part::kConduct, "steps between checkpoints", 0, kAny},
    {"logging_steps", &O::logging_steps, Part::kConduct, "steps between rows of metrics.jsonl", 0,
     kAny},
    {"profile", &O::profile, Part::kConduct, "print where the time of a step goes, op by op"},
    {"early_stopping_patience", &O::early_stopping_patience, Part::kConduct,
     "stop after this many validations without improvement; 0: never", 0, kAny},
    {"tokens_per_batch", &O::tokens_per_batch, Part::kBatches,
     "instead of --batch-size: as many examples of about one length as have so many tokens, input "
     "and target",
     1, kAny},
};

bool is_within(const TrainSetting& s, const O& options) {
  return std::visit(
      [&]<class T>(T O::*field) {
        const T& value = options.*field;
        if constexpr (std::is_same_v<T, std::string>)
          return s.choices.empty() || std::count(s.choices.begin(), s.choices.end(), value) > 0;
        else if constexpr (std::is_same_v<T, int64_t> || std::is_same_v<T, double>)
          return s.low <= static_cast<double>(value) && static_cast<double>(value) <= s.high;
        else
          return true;
      },
      s.field);
}

std::string value_text(const TrainSetting& s, const O& options) {
  return std::visit([&](auto field) { return fmt::format("{}", options.*field); }, s.field);
}

}  // namespace

std::span<const TrainSetting> train_settings() { return kSettings; }

void check_options(const TrainOptions& options) {
  for (const TrainSetting& s : kSettings) {
    if (is_within(s, options) || value_text(s, options) == value_text(s, {})) continue;
    std::string expected = s.choices.empty() ? fmt::format("a number from {} to {}", s.low, s.high)
                                             : fmt::format("one of {}", fmt::join(s.choices, ", "));
    fail("train: {} is {}; it takes {}", s.name, value_text(s, options), expected);
  }
}

std::string settings_text(const TrainOptions& options, int64_t examples, const std::string& data) {
  std::string text;
  auto append = [&](Part part) {
    for (const TrainSetting& s : kSettings)
      if (s.part == part && (part == Part::kRecipe || is_within(s, options)))
        text += fmt::format("{}={} ", s.name, value_text(s, options));
  };
  append(Part::kRecipe);
  text += fmt::format("examples={} ", examples);
  append(Part::kBatches);
  text += data;
  if (data.empty()) text.pop_back();
  return text;
}

}  // namespace t5
