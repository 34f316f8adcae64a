// The order of the batches, and a step of training, against loops written out here.
#include "t5/train/step.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "t5/train/dataset.h"
#include "tests/support.h"
#include "tests/t5/train/small_run.h"

using namespace t5;
using namespace t5::testing;

namespace {

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
    double length = distance(weights(*one), weights(*small_model()));
    {
      INFO("the step is nothing; a max_grad_norm of 0 is no limit");
      REQUIRE(length > 0);
    }
    INFO("each label weighs the same: the sum over all batches, divided by the labels of all");
    CHECK(parts.loss == doctest::Approx(whole.loss).epsilon(1e-5));
    CHECK(parts.gradient_norm == doctest::Approx(whole.gradient_norm).epsilon(1e-4));
    CHECK(parts.tokens == whole.tokens);
    CHECK(distance(weights(*many), weights(*one)) < 1e-4 * length);
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

  TEST_CASE("accumulation: the batches of a step have masks of their own") {
    TrainOptions options = plain_sgd();
    options.dropout_rate = 0.5;
    std::vector<TokenPair> batch = reversals(4, 8);
    auto once = small_model(), twice = small_model();
    double one = TrainStep(*once, options).take(0, {batch}).loss;
    double two = TrainStep(*twice, options).take(0, {batch, batch}).loss;
    INFO("equal batches with equal masks would have the loss of one of them");
    CHECK(std::abs(two - one) > 1e-3 * one);
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
    // A row of the head whose product with any state is too large for a float.
    auto* row = model->parameters().all()[0].var.mutable_value().mutable_data() + 5 * 32;
    std::fill_n(row, 32, std::numeric_limits<real>::max());
    auto before = weights(*model);
    std::vector<TokenPair> pairs = {{{6, 1}, {6, 1}}};
    std::string message = error_of([&] { TrainStep(*model, plain_sgd()).take(7, {pairs}); });
    for (const Parameter& p : model->parameters().all()) REQUIRE(!p.var.grad().defined());
    CHECK_MESSAGE(message.find("at step 8 the loss is ") != std::string::npos, message);
    CHECK(message.find("lower --learning-rate (now 0.1)") != std::string::npos);
    CHECK(weights(*model) == before);
  }

  TEST_CASE("update: weights that are no numbers are named, and the rate is not blamed") {
    auto model = small_model();
    model->parameters().all()[0].var.mutable_value().mutable_data()[5 * 32] = NAN;
    std::vector<TokenPair> pairs = {{{5, 1}, {5, 1}}};
    std::string message = error_of([&] { TrainStep(*model, plain_sgd()).take(7, {pairs}); });
    CHECK_MESSAGE(message.find("shared.weight holds NaN at (5, 0)") != std::string::npos, message);
    CHECK(message.find("--learning-rate") == std::string::npos);
  }
}
