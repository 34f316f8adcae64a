// What a training run is told.
#pragma once

#include <cstdint>
#include <string>

namespace t5 {

struct TrainOptions {
  int64_t max_steps = 1000;
  int64_t batch_size = 32;                  // examples per forward pass
  int64_t tokens_per_batch = 0;             // instead, if not 0: as many as have so many tokens
  int64_t gradient_accumulation_steps = 1;  // forward passes per step
  std::string optim = "adafactor";          // adafactor, adamw, sgd
  double learning_rate = 1e-3;
  std::string lr_scheduler_type = "constant";  // constant, linear, cosine, inverse_sqrt
  int64_t warmup_steps = 0;
  double weight_decay = -1;  // negative: the optimiser's own default
  double max_grad_norm = 1;  // of all gradients together; 0: no clipping
  double dropout_rate = -1;  // negative: what config.json says
  double label_smoothing_factor = 0;
  double z_loss = 0;
  bool gradient_checkpointing = false;  // compute each block again in the backward pass
  uint64_t seed = 42;

  std::string output_dir =
      "";                    // where checkpoint, metrics and weights go; empty: nothing is written
  bool resume = false;       // go on from the checkpoint in output_dir
  int64_t eval_steps = 500;  // steps between two validations
  int64_t save_steps = 500;  // steps between two checkpoints
  int64_t logging_steps = 20;           // steps between two rows of the metrics file
  int64_t early_stopping_patience = 0;  // validations without improvement before stopping; 0: never
  bool profile = false;                 // measure where the time of the steps goes
  bool quiet = true;                    // no progress on stderr
};

}  // namespace t5
