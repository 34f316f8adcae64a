// What a training run is told.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "t5/files/directory_update.h"

namespace t5 {

class SavedForm;

struct TrainOptions {
  int64_t max_steps = 1000;
  int64_t batch_size = 32;                  // examples per forward pass
  int64_t tokens_per_batch = 0;             // instead, if not 0: as many as have so many tokens
  int64_t gradient_accumulation_steps = 1;  // forward passes per step
  std::string optim = "adafactor";          // adafactor, adamw, sgd
  double learning_rate = 1e-3;
  std::string lr_scheduler_type = "constant";  // constant, linear, cosine, inverse_sqrt
  int64_t warmup_steps = 0;
  double weight_decay = -1;  // -1: the optimiser's own default
  double max_grad_norm = 1;  // of all gradients together; 0: no clipping
  double dropout_rate = -1;  // -1: what config.json says
  double label_smoothing_factor = 0;
  double z_loss = 0;
  bool gradient_checkpointing = false;  // compute each block again in the backward pass
  uint64_t seed = 42;

  std::string output_dir =
      "";               // where checkpoint, metrics and weights go; empty: nothing is written
  bool resume = false;  // go on from the checkpoint in output_dir
  Existing existing = Existing::kRefuse;  // another model in output_dir, or an earlier run
  std::string tokenizer_dir = "";  // whose tokenizer is written with the weights; empty: none
  std::shared_ptr<const SavedForm> form = nullptr;  // what is written; null: the whole model
  int64_t eval_steps = 500;                         // steps between two validations
  std::string metric_for_best_model = "loss";       // which weights are kept: see validation.h
  int64_t save_steps = 500;                         // steps between two checkpoints
  int64_t logging_steps = 20;                       // steps between two rows of the metrics file
  int64_t early_stopping_patience = 0;  // validations without improvement before stopping; 0: never
  bool profile = false;                 // measure where the time of the steps goes
  bool quiet = true;                    // no progress on stderr
};

// What a setting is for.
enum class Part {
  kRecipe,   // the run's result depends on it
  kBatches,  // so it does, where pairs can be cut into batches
  kConduct,  // how the run is watched and kept
};

// An option by its name in transformers, with its bounds. A default outside them stands for none.
struct TrainSetting {
  const char* name;
  std::variant<int64_t TrainOptions::*, double TrainOptions::*, bool TrainOptions::*,
               std::string TrainOptions::*, uint64_t TrainOptions::*>
      field;
  Part part;
  const char* help;
  double low = 0, high = 0;               // of a number
  std::vector<std::string> choices = {};  // of a text; none: any
};
std::span<const TrainSetting> train_settings();

// Throws when a value is neither within its bounds nor the default.
void check_options(const TrainOptions& options);

// The options that a run's result depends on, as text, over so many examples, which `data`
// describes; run_settings() has the rest.
std::string settings_text(const TrainOptions& options, int64_t examples, const std::string& data);

}  // namespace t5
