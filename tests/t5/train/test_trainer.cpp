// The training loop, piece by piece and as a whole, against loops written out here.
#include "t5/train/trainer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "t5/files/atomic_file.h"
#include "t5/report/metrics_log.h"
#include "t5/train/checkpoint.h"
#include "t5/train/dataset.h"
#include "t5/train/evaluate.h"
#include "t5/train/step.h"
#include "tests/support.h"
#include "tests/t5/files/temporary_directory.h"

using namespace t5;
using namespace t5::testing;

namespace {

Config small_config() {
  Config config = preset_config("tiny");
  config.vocab_size = 40;
  config.d_model = 32;
  config.d_ff = 48;
  config.dropout_rate = 0;
  return config;
}

std::unique_ptr<Model> small_model() { return make_model(small_config(), 3); }

// Inputs of one to eight tokens; the target is the input backwards, so that there is something to
// learn, and pairs differ in their number of labels.
std::vector<TokenPair> reversals(int64_t count, uint64_t seed) {
  Random random(seed);
  std::vector<TokenPair> pairs(count);
  for (TokenPair& pair : pairs) {
    for (int64_t n = 1 + random.below(8); n > 0; --n)
      pair.input.push_back(static_cast<Id>(2 + random.below(38)));
    pair.target = {pair.input.rbegin(), pair.input.rend()};
    pair.input.push_back(1);
    pair.target.push_back(1);
  }
  return pairs;
}

// SGD without momentum's past: the first step is -rate * scale * gradient.
TrainOptions plain_sgd() {
  TrainOptions options;
  options.optim = "sgd";
  options.learning_rate = 0.1;
  options.max_grad_norm = 0;
  return options;
}

std::vector<real> weights(const Model& model) {
  std::vector<real> all;
  for (const Parameter& p : model.parameters().all()) {
    auto values = p.var.value().to_vector();
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

double distance(const std::vector<real>& a, const std::vector<real>& b) {
  REQUIRE(a.size() == b.size());
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum);
}

std::vector<TokenPair> joined(const std::vector<std::vector<TokenPair>>& batches) {
  std::vector<TokenPair> all;
  for (const auto& batch : batches) all.insert(all.end(), batch.begin(), batch.end());
  return all;
}

std::vector<ChartPoint> logged(const std::string& directory, const char* name) {
  return metrics_series(read_metrics(directory + "/metrics.jsonl"), name);
}

std::vector<int64_t> steps_of(const std::vector<ChartPoint>& points) {
  std::vector<int64_t> steps;
  for (const ChartPoint& point : points) steps.push_back(static_cast<int64_t>(point.x));
  return steps;
}

}  // namespace

TEST_SUITE("14-training") {
  TEST_CASE("batch order: every epoch visits every example once, in an order of its own") {
    BatchOrder order(23, 5, 1);
    REQUIRE(order.batches_per_epoch() == 5);
    std::vector<std::vector<int64_t>> epochs;
    for (int64_t epoch = 0; epoch < 3; ++epoch) {
      std::vector<int64_t> visited;
      for (int64_t b = 0; b < 5; ++b) {
        auto batch = order.batch(epoch * 5 + b);
        INFO("batch ", b, " of epoch ", epoch, ": the last one holds the rest");
        REQUIRE(batch.size() == (b < 4 ? 5 : 3));
        visited.insert(visited.end(), batch.begin(), batch.end());
      }
      CHECK(std::set<int64_t>(visited.begin(), visited.end()).size() == 23);
      CHECK_FALSE(std::is_sorted(visited.begin(), visited.end()));
      epochs.push_back(visited);
    }
    INFO("the same order in every epoch: is the generator forked by the epoch?");
    CHECK(epochs[0] != epochs[1]);
    CHECK(epochs[1] != epochs[2]);
  }

  TEST_CASE(
      "batch order: a batch is a function of the seed and its number, however it is reached") {
    BatchOrder walked(23, 5, 1), other(23, 5, 2);
    for (int64_t step = 0; step < 20; ++step) {
      BatchOrder jumped(23, 5, 1);
      INFO("step ", step, ": a resumed run asks for this batch first");
      CHECK(walked.batch(step) == jumped.batch(step));
    }
    BatchOrder back(23, 5, 1);
    back.batch(19);
    CHECK(back.batch(3) == walked.batch(3));
    CHECK(other.batch(0) != walked.batch(0));
  }

  TEST_CASE("batches by tokens: every example once, shortest first, as many as the budget allows") {
    Random random(3);
    std::vector<int64_t> lengths(500);
    for (int64_t& length : lengths) length = 2 + random.below(40);
    lengths[77] = 100;
    auto batches = cut_by_tokens(lengths, 100, 1);
    auto tokens = [&](const std::vector<int64_t>& batch) {
      int64_t sum = 0;
      for (int64_t example : batch) sum += lengths[example];
      return sum;
    };
    std::vector<int64_t> all;
    for (size_t b = 0; b < batches.size(); ++b) {
      CHECK(tokens(batches[b]) <= 100);
      if (b > 0) CHECK(tokens(batches[b - 1]) + lengths[batches[b].front()] > 100);
      all.insert(all.end(), batches[b].begin(), batches[b].end());
    }
    CHECK(std::is_sorted(all.begin(), all.end(),
                         [&](int64_t a, int64_t b) { return lengths[a] < lengths[b]; }));
    std::sort(all.begin(), all.end());
    for (int64_t i = 0; i < 500; ++i) CHECK(all[i] == i);
    CHECK(cut_by_tokens(lengths, 100, 1) == batches);
    CHECK(cut_by_tokens(lengths, 100, 2) != batches);  // examples of one length are shuffled
    CHECK_THROWS_WITH(cut_by_tokens(lengths, 99, 1),
                      "example 78: it has 100 tokens, a batch at most 99");
  }

  TEST_CASE("accumulation: many batches make the step of one batch of all their pairs") {
    std::vector<TokenPair> pairs = reversals(12, 5);
    // Three batches with quite different numbers of labels.
    std::sort(pairs.begin(), pairs.end(),
              [](auto& a, auto& b) { return a.target.size() < b.target.size(); });
    std::vector<std::vector<TokenPair>> three = {{pairs.begin(), pairs.begin() + 6},
                                                 {pairs.begin() + 6, pairs.begin() + 11},
                                                 {pairs.begin() + 11, pairs.end()}};
    auto one = small_model(), many = small_model();
    StepResult whole = TrainStep(*one, plain_sgd()).take(0, {pairs});
    StepResult parts = TrainStep(*many, plain_sgd()).take(0, three);
    INFO("each label weighs the same: the sum over all batches, divided by the labels of all");
    CHECK(parts.loss == doctest::Approx(whole.loss).epsilon(1e-5));
    CHECK(parts.gradient_norm == doctest::Approx(whole.gradient_norm).epsilon(1e-4));
    CHECK(parts.tokens == whole.tokens);
    CHECK(distance(weights(*many), weights(*one)) <
          1e-4 * distance(weights(*one), weights(*small_model())));
  }

  TEST_CASE("accumulation: the loss is the mean over the labels, the tokens are counted") {
    auto model = small_model();
    std::vector<std::vector<TokenPair>> batches = {reversals(3, 6), reversals(2, 7)};
    double sum = 0;
    int64_t labels = 0, tokens = 0;
    for (const TokenPair& pair : joined(batches)) {
      Batch alone = make_batch(std::vector<TokenPair>{pair}, model->config());
      sum += model->loss(alone).item() * static_cast<double>(pair.target.size());
      labels += std::ssize(pair.target);
      tokens += std::ssize(pair.input) + std::ssize(pair.target);
    }
    StepResult result = TrainStep(*model, plain_sgd()).take(0, batches);
    CHECK(result.loss == doctest::Approx(sum / static_cast<double>(labels)).epsilon(1e-5));
    CHECK(result.tokens == tokens);
  }

  TEST_CASE("accumulation: what a step drops depends on its number alone") {
    TrainOptions options = plain_sgd();
    options.dropout_rate = 0.3;
    auto loss_of = [&](int64_t first, int64_t step) {
      auto model = small_model();
      TrainStep steps(*model, options);
      if (first >= 0) steps.take(first, {reversals(4, 1)});
      auto fresh = small_model();
      for (size_t i = 0; i < fresh->parameters().all().size(); ++i)  // undo the first step
        model->parameters().all()[i].var.mutable_value().copy_from(
            fresh->parameters().all()[i].var.value());
      return steps.take(step, {reversals(4, 8)}).loss;
    };
    CHECK(loss_of(-1, 5) == loss_of(4, 5));
    CHECK(loss_of(-1, 5) != loss_of(-1, 6));
  }

  TEST_CASE("update: a step of SGD is the gradient times the scheduled rate") {
    TrainOptions options = plain_sgd();
    options.lr_scheduler_type = "linear";
    options.warmup_steps = 10;
    options.max_steps = 110;
    struct Row {
      int64_t step;
      double rate;
    };
    for (Row row : {Row{0, 0}, {5, 0.05}, {10, 0.1}, {60, 0.05}}) {
      auto model = small_model(), before = small_model();
      StepResult result = TrainStep(*model, options).take(row.step, {reversals(4, 9)});
      INFO("step ", row.step, ": the schedule counts from 0");
      CHECK(result.learning_rate == doctest::Approx(row.rate));
      CHECK(distance(weights(*model), weights(*before)) ==
            doctest::Approx(row.rate * result.gradient_norm).epsilon(1e-3));
    }
  }

  TEST_CASE("update: a long gradient is cut to the limit, a short one is left alone") {
    auto free = small_model(), start = small_model();
    double norm = TrainStep(*free, plain_sgd()).take(0, {reversals(4, 9)}).gradient_norm;
    REQUIRE(norm > 0);
    for (double limit : {norm / 10, norm / 2, norm * 2}) {
      TrainOptions options = plain_sgd();
      options.max_grad_norm = limit;
      auto model = small_model();
      StepResult result = TrainStep(*model, options).take(0, {reversals(4, 9)});
      INFO("norm ", norm, ", limit ", limit, ": min(norm, limit) times the rate is the way to go");
      CHECK(result.gradient_norm == doctest::Approx(norm));
      CHECK(distance(weights(*model), weights(*start)) ==
            doctest::Approx(0.1 * std::min(norm, limit)).epsilon(1e-3));
      double scale = std::min(1.0, limit / norm);  // the direction stays
      auto expected = weights(*start), unclipped = weights(*free);
      for (size_t i = 0; i < expected.size(); ++i)
        expected[i] += static_cast<real>(scale) * (unclipped[i] - expected[i]);
      CHECK(distance(weights(*model), expected) < 1e-3 * 0.1 * norm);
    }
  }

  TEST_CASE("update: the next step starts from gradients of zero") {
    auto model = small_model();
    TrainStep steps(*model, plain_sgd());
    steps.take(0, {reversals(4, 9)});
    INFO("gradients add up over steps: are they zeroed after the update?");
    for (const Parameter& p : model->parameters().all())
      CHECK((!p.var.grad().defined() ||
             p.var.grad().to_vector() == std::vector<real>(p.var.value().size())));
    double expected = 0;  // of a model with the same weights and no past
    {
      auto twin = small_model();
      for (size_t i = 0; i < twin->parameters().all().size(); ++i)
        twin->parameters().all()[i].var.mutable_value().copy_from(
            model->parameters().all()[i].var.value());
      expected = TrainStep(*twin, plain_sgd()).take(1, {reversals(4, 10)}).gradient_norm;
    }
    CHECK(steps.take(1, {reversals(4, 10)}).gradient_norm == doctest::Approx(expected));
  }

  TEST_CASE("update: a loss that is not finite throws and leaves the parameters as they were") {
    auto model = small_model();
    model->parameters().all()[0].var.mutable_value().data()[5 * 32] = NAN;
    auto before = weights(*model);
    std::vector<TokenPair> pairs = {{{5, 1}, {5, 1}}};
    std::string message = error_of([&] { TrainStep(*model, plain_sgd()).take(7, {pairs}); });
    CHECK(message.find("at step 8 the loss is nan") != std::string::npos);
    CHECK(message.find("lower --learning-rate (now 0.1)") != std::string::npos);
    auto after = weights(*model);
    for (size_t i = 0; i < after.size(); ++i)
      REQUIRE((after[i] == before[i] || std::isnan(before[i])));
  }

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
    auto error_with = [&](const Model& m, Optimizer& optimizer) {
      return error_of([&] { load_checkpoint(directory / "run", m, optimizer, state); });
    };
    CHECK(error_with(*deeper, deep.optimizer()).find("another model") != std::string::npos);
    CHECK(error_with(*model, others.optimizer()).find("another optimiser") != std::string::npos);
  }

  TEST_CASE("checkpoint: what a killed writer left is cleared away, and nothing else") {
    TemporaryDirectory directory;
    std::string mine = "model.safetensors.tmp-" + std::to_string(::getpid());  // still running
    for (std::string name : {std::string("checkpoint.safetensors.tmp-999999999"), mine,
                             std::string("notes.tmp-me"), std::string("checkpoint.safetensors")})
      directory.file(name, "text");
    remove_leftovers(directory / "");
    CHECK(directory.entries() == 3);
    CHECK_FALSE(std::filesystem::exists(directory / "checkpoint.safetensors.tmp-999999999"));
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

  TEST_CASE("loop: stops after the last useful validation, and ends with the best weights") {
    TrainOptions options;
    options.optim = "adamw";
    options.learning_rate = 0.01;
    options.max_steps = 500;
    options.batch_size = 4;
    options.eval_steps = 5;
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
