// The training loop, its state and its checkpoints, against loops written out here.
#include "t5/train/trainer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "t5/files/atomic_file.h"
#include "t5/files/safetensors.h"
#include "t5/report/metrics_log.h"
#include "t5/train/checkpoint.h"
#include "t5/train/dataset.h"
#include "t5/train/evaluate.h"
#include "t5/train/step.h"
#include "tests/support.h"
#include "tests/t5/files/temporary_directory.h"
#include "tests/t5/train/small_run.h"

using namespace t5;
using namespace t5::testing;

namespace {

std::vector<ChartPoint> logged(const std::string& directory, const char* name) {
  return metrics_series(read_metrics(directory + "/metrics.jsonl"), name);
}

std::vector<int64_t> steps_of(const std::vector<ChartPoint>& points) {
  std::vector<int64_t> steps;
  for (const ChartPoint& point : points) steps.push_back(static_cast<int64_t>(point.x));
  return steps;
}

// Four pairs are learnt by heart, and the loss on six others soon rises.
TrainOptions learning_by_heart() {
  TrainOptions options;
  options.optim = "adamw";
  options.learning_rate = 0.01;
  options.max_steps = 500;
  options.batch_size = 4;
  options.eval_steps = 5;
  return options;
}

}  // namespace

TEST_SUITE("program") {
  TEST_CASE("a run with an option out of its bounds does not begin") {
    auto model = small_model();
    CHECK(error_of([&] {
            train(*model, reversals(2, 1), {}, {.batch_size = 0});
          }).starts_with("train: batch_size is 0; it takes a number from 1"));
  }
}

TEST_SUITE("14-training") {
  TEST_CASE("early stopping: counts validations since the best, and forgets them at a new best") {
    struct Row {
      int64_t step;
      double loss;
      bool is_best;
      int64_t stale;
    };
    TrainState state;
    for (Row row : {Row{10, 3.0, true, 0},
                    {20, 2.0, true, 0},
                    {30, 2.5, false, 1},
                    {40, 2.0, false, 2},
                    {50, 1.5, true, 0},
                    {60, NAN, false, 1},
                    {70, 1.6, false, 2}}) {
      state.step = row.step;
      INFO("validation loss ", row.loss, " after step ", row.step,
           ": equal is not better, and not-a-number is not better either");
      CHECK(state.record_validation(row.loss) == row.is_best);
      CHECK(state.stale_evaluations == row.stale);
      CHECK(state.is_stale(2) == (row.stale >= 2));
      CHECK_FALSE(state.is_stale(0));
    }
    CHECK(state.best_loss == 1.5);
    CHECK(state.best_step == 50);
  }

  TEST_CASE("checkpoint: model, optimiser and state come back as they were, to the bit") {
    TemporaryDirectory directory;
    for (const char* optim : {"sgd", "adamw", "adafactor"}) {
      TrainOptions options;
      options.optim = optim;
      auto model = small_model(), other = make_model(small_config(), 4);
      TrainStep steps(*model, options), restored(*other, options);
      for (int64_t i = 0; i < 3; ++i) steps.take(i, {reversals(4, i)});
      TrainState state{3, 1.0 / 3, 2, 1}, read;
      save_checkpoint(directory / "run", *model, steps.optimizer(), state, "the settings");
      CHECK(load_checkpoint(directory / "run", *other, restored.optimizer(), read) ==
            "the settings");
      INFO(optim);
      CHECK(read.step == 3);
      CHECK(read.best_loss == 1.0 / 3);
      CHECK(read.best_step == 2);
      CHECK(read.stale_evaluations == 1);
      CHECK(weights(*other) == weights(*model));
      INFO("weights equal after loading but not after a step: is the optimiser's state restored?");
      CHECK(restored.optimizer().step_count() == 3);
      restored.take(3, {reversals(4, 3)});
      steps.take(3, {reversals(4, 3)});
      CHECK(weights(*other) == weights(*model));
    }
  }

  TEST_CASE("checkpoint: one of another model or optimiser is named and refused") {
    TemporaryDirectory directory;
    auto model = small_model();
    TrainStep steps(*model, plain_sgd());
    save_checkpoint(directory / "run", *model, steps.optimizer(), {}, "");
    Config config = small_config();
    config.num_layers = config.num_decoder_layers = 3;
    auto deeper = make_model(config, 3);
    TrainStep deep(*deeper, plain_sgd());
    TrainOptions adamw;
    adamw.optim = "adamw";
    TrainStep others(*model, adamw);
    TrainState state;
    auto error_with = [&](Model& m, Optimizer& optimizer) {
      return error_of([&] { load_checkpoint(directory / "run", m, optimizer, state); });
    };
    CHECK(error_with(*deeper, deep.optimizer()).find("another model") != std::string::npos);
    CHECK(error_with(*model, others.optimizer()).find("another optimiser") != std::string::npos);
  }

  TEST_CASE("a frozen stack: it is neither trained nor stored in the checkpoint, and resumes") {
    auto with_frozen_encoder = [] {
      auto draw = random_source(3);
      auto source = [draw](const std::string& name, const Shape& shape, const Init& init) {
        return Var(draw(name, shape, init).value(), !name.starts_with("encoder"));
      };
      return std::make_unique<Model>(small_config(), source, false);
    };
    auto frozen = [](const Model& model) {
      std::vector<Tensor> values;
      for (const Parameter& p : model.parameters().all())
        if (!p.var.requires_grad()) values.push_back(p.var.value().contiguous_copy());
      return values;
    };
    TemporaryDirectory folder;
    auto pairs = reversals(40, 1);
    TrainOptions options{.max_steps = 6, .batch_size = 8, .output_dir = folder / "whole"};
    auto whole = with_frozen_encoder();
    std::vector<Tensor> before = frozen(*whole);
    auto start = weights(*whole);
    train(*whole, pairs, {}, options);
    CHECK(weights(*whole) != start);
    std::vector<Tensor> after = frozen(*whole);
    REQUIRE(before.size() > 10);
    for (size_t i = 0; i < before.size(); ++i) CHECK(identical(after[i], before[i]));
    auto file = SafetensorsFile::open(folder / "whole/checkpoint.safetensors");
    int64_t stored = 0;
    for (const TensorEntry& entry : file.entries()) {
      CHECK(entry.name.find(".encoder.") == std::string::npos);
      stored += entry.name.starts_with("model.");
    }
    CHECK(stored == std::ssize(whole->parameters().trainable()));
    options.output_dir = folder / "halves";
    for (int64_t steps : {3, 6}) {
      auto half = with_frozen_encoder();
      options.max_steps = steps;
      options.resume = steps == 6;
      train(*half, pairs, {}, options);
      if (steps == 6) CHECK(weights(*half) == weights(*whole));
    }
  }

  TEST_CASE("checkpoint: what a killed writer left is cleared away, and nothing else") {
    TemporaryDirectory directory;
    AtomicFile written(directory / "picture.svg");    // by one that lives
    std::string other = std::to_string(::getppid());  // lives too, but has nothing to do with it
    for (const std::string& name :
         {std::string("checkpoint.safetensors.tmp-999999999"),
          std::string("model.safetensors.tmp-1"), "config.json.tmp-" + other})
      directory.file(name, "text");
    for (std::string name : {"notes.tmp-me", "notes.tmp-", "tmp-1", "checkpoint.safetensors"})
      directory.file(name, "text");
    std::filesystem::create_directory(directory / "mine.tmp-1");
    DirectoryUpdate update(directory / "");
    CHECK(directory.entries() == 6);
    CHECK_FALSE(std::filesystem::exists(directory / "checkpoint.safetensors.tmp-999999999"));
    CHECK_FALSE(std::filesystem::exists(directory / "model.safetensors.tmp-1"));
    CHECK_NOTHROW(written.commit());
  }

  TEST_CASE("the first test of any model: a single batch is learnt by heart") {
    auto model = small_model();
    std::vector<TokenPair> pairs = reversals(8, 11);
    TrainOptions options{.max_steps = 200, .batch_size = 8, .learning_rate = 0.05};
    double before = evaluate(*model, pairs, 8).loss;
    TrainResult result = train(*model, pairs, {}, options);
    Evaluation after = evaluate(*model, pairs, 8);
    CHECK(before > 2);
    CHECK(after.loss < 0.02);
    CHECK(after.token_accuracy == 1);
    CHECK(result.state.step == 200);
    CHECK(result.reason == StopReason::kFinished);
  }

  TEST_CASE("loop: the run is the steps one after the other, over the batches in their order") {
    std::vector<TokenPair> pairs = reversals(10, 12);
    TrainOptions options = plain_sgd();
    options.max_steps = 9;
    options.batch_size = 2;
    options.gradient_accumulation_steps = 2;
    auto trained = small_model(), by_hand = small_model();
    TrainResult result = train(*trained, pairs, {}, options);
    TrainStep steps(*by_hand, options);
    BatchOrder order(10, 2, options.seed);
    for (int64_t step = 0; step < 9; ++step) {
      std::vector<std::vector<TokenPair>> batches(2);
      for (int64_t i = 0; i < 2; ++i)
        for (int64_t k : order.batch(2 * step + i)) batches[i].push_back(pairs[k]);
      steps.take(step, batches);
    }
    CHECK(result.state.step == 9);
    CHECK(weights(*trained) == weights(*by_hand));
  }

  TEST_CASE("loop: rows, validations and checkpoints come when they are due, and at the end") {
    TemporaryDirectory directory;
    TrainOptions options = plain_sgd();
    options.max_steps = 10;
    options.logging_steps = 4;
    options.eval_steps = 3;
    options.save_steps = 7;
    options.output_dir = directory / "run";
    auto model = small_model();
    train(*model, reversals(10, 13), reversals(4, 14), options);
    CHECK(steps_of(logged(options.output_dir, "loss")) == std::vector<int64_t>{4, 8, 10});
    CHECK(steps_of(logged(options.output_dir, "validation_loss")) ==
          std::vector<int64_t>{3, 6, 9, 10});
    TrainState state;
    auto other = small_model();
    TrainStep steps(*other, options);
    load_checkpoint(options.output_dir + "/checkpoint.safetensors", *other, steps.optimizer(),
                    state);
    CHECK(state.step == 10);
    CHECK(std::filesystem::exists(options.output_dir + "/loss.svg"));
  }

  TEST_CASE("loop: the checkpoint holds the last step and its validation, however the run ends") {
    for (int64_t patience : {0, 3}) {
      TemporaryDirectory directory;
      TrainOptions options = learning_by_heart();
      options.max_steps = patience > 0 ? 500 : 60;
      options.save_steps = 5;
      options.early_stopping_patience = patience;
      options.output_dir = directory / "run";
      auto model = small_model(), other = small_model();
      TrainState last = train(*model, reversals(4, 15), reversals(6, 16), options).state, saved;
      REQUIRE(last.stale_evaluations > 0);
      TrainStep steps(*other, options);
      load_checkpoint(options.output_dir + "/checkpoint.safetensors", *other, steps.optimizer(),
                      saved);
      INFO("a step is saved after its validation, and before the run stops; patience ", patience);
      CHECK(saved.step == last.step);
      CHECK(saved.best_step == last.best_step);
      CHECK(saved.stale_evaluations == last.stale_evaluations);
    }
  }

  TEST_CASE("loop: stops after the last useful validation, and ends with the best weights") {
    TrainOptions options = learning_by_heart();
    options.early_stopping_patience = 3;
    std::vector<TokenPair> pairs = reversals(4, 15), validation = reversals(6, 16);
    for (bool writes : {false, true}) {  // the best weights wait in memory, or in a file
      TemporaryDirectory directory;
      options.output_dir = writes ? directory / "run" : "";
      auto model = small_model();
      TrainResult result = train(*model, pairs, validation, options);
      INFO("four pairs are learnt by heart, and the loss on six others soon rises");
      CHECK(result.reason == StopReason::kEarly);
      CHECK(result.state.step < 500);
      CHECK(result.state.step == result.state.best_step + 3 * options.eval_steps);
      CHECK(result.state.stale_evaluations == 3);
      CHECK(evaluate(*model, validation, 6).loss ==
            doctest::Approx(result.state.best_loss).epsilon(1e-6));
      if (!writes) continue;
      options.resume = true;
      TrainResult again = train(*model, pairs, validation, options);
      CHECK(again.state.step == result.state.step);  // nothing is left to do
      CHECK(again.reason == StopReason::kEarly);
    }
  }

  TEST_CASE("loop: a run cut at any step and resumed ends with the same weights") {
    std::vector<TokenPair> pairs = reversals(7, 17), validation = reversals(3, 18);
    TrainOptions options{.max_steps = 9, .batch_size = 2, .learning_rate = 0.02};
    options.dropout_rate = 0.2;
    options.eval_steps = 2;
    auto whole = small_model();
    train(*whole, pairs, validation, options);
    for (int64_t cut = 1; cut < 9; ++cut) {
      TemporaryDirectory directory;
      TrainOptions first = options, second = options;
      first.output_dir = second.output_dir = directory / "run";
      first.max_steps = cut;
      second.resume = true;
      auto model = small_model(), resumed = make_model(small_config(), 99);
      train(*model, pairs, validation, first);
      train(*resumed, pairs, validation, second);
      INFO("cut after step ", cut);
      CHECK(weights(*resumed) == weights(*whole));
    }
  }
}
