// The table of training options, and what is made from it.
#include "t5/train/train_options.h"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

TEST_SUITE("program") {
  TEST_CASE("the settings of a run are told as they were in checkpoints of before") {
    CHECK(settings_text({.dropout_rate = 0.1}, 2000, "") ==
          "max_steps=1000 batch_size=32 gradient_accumulation_steps=1 optim=adafactor "
          "learning_rate=0.001 lr_scheduler_type=constant warmup_steps=0 weight_decay=-1 "
          "max_grad_norm=1 dropout_rate=0.1 label_smoothing_factor=0 z_loss=0 seed=42 "
          "eval_steps=500 metric_for_best_model=loss examples=2000");
    std::string text = settings_text({.tokens_per_batch = 300, .seed = 7}, 5, "objective=x");
    CHECK(text.ends_with(
        "z_loss=0 seed=7 eval_steps=500 metric_for_best_model=loss examples=5 tokens_per_batch=300 "
        "objective=x"));
  }

  TEST_CASE("how a run is watched and kept is not in its settings") {
    TrainOptions watched{.gradient_checkpointing = true,
                         .output_dir = "out",
                         .resume = true,
                         .save_steps = 1,
                         .logging_steps = 2,
                         .early_stopping_patience = 3,
                         .profile = true};
    CHECK(settings_text(watched, 5, "") == settings_text({}, 5, ""));
  }

  TEST_CASE("options: the defaults pass, and so do the bounds; beyond them each is named") {
    check_options({});
    check_options({.learning_rate = 0, .weight_decay = 1, .dropout_rate = 0.99});
    auto refusal = [](const TrainOptions& options) {
      return error_of([&] { check_options(options); });
    };
    CHECK(refusal({.max_steps = 0}).starts_with("train: max_steps is 0; it takes a number from 1"));
    CHECK(refusal({.tokens_per_batch = -1}).starts_with("train: tokens_per_batch is -1"));
    CHECK(refusal({.weight_decay = -0.5}) ==
          "train: weight_decay is -0.5; it takes a number from 0 to 1");
    CHECK(refusal({.dropout_rate = 1}).starts_with("train: dropout_rate is 1"));
    CHECK(refusal({.learning_rate = NAN}).starts_with("train: learning_rate is nan"));
    CHECK(refusal({.optim = "lion"}) ==
          "train: optim is lion; it takes one of adafactor, adamw, sgd");
  }
}
