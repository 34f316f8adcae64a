// The gradient of a batch that several threads share.
#include "t5/train/gradients.h"

#include "nn/optimizers/optimizer.h"
#include "t5/model/config.h"
#include "tensor/ops/elementwise.h"
#include "tensor/ops/reduce.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

Config small_config() {
  Config config = preset_config("tiny");
  config.vocab_size = 60;
  return config;
}

// Sentences of 1 to 9 tokens; in the last, all labels but one are ignored.
std::vector<TokenPair> pairs(int64_t count) {
  Random random(7);
  std::vector<TokenPair> out(count);
  auto fill = [&](Ids& ids) {
    for (int64_t n = 1 + random.below(9); n > 0; --n)
      ids.push_back(static_cast<Id>(random.below(60)));
  };
  for (TokenPair& pair : out) {
    fill(pair.input);
    fill(pair.target);
  }
  for (size_t i = 1; i < out.back().target.size(); ++i) out.back().target[i] = kIgnoredLabel;
  return out;
}

double distance(const Model& a, const Model& b) {
  double gap = 0, size = 0;
  for (const Parameter& p : a.parameters().all()) {
    const Tensor &x = p.var.grad(), &y = b.parameters().find(p.name)->grad();
    REQUIRE(x.defined() == y.defined());
    if (!x.defined()) continue;
    gap += squared_norm(map([](real u, real v) { return u - v; }, x, y));
    size += squared_norm(y);
  }
  return std::sqrt(gap / size);
}

}  // namespace

TEST_SUITE("14-training") {
  TEST_CASE("shares of a batch, added up, give its loss and gradients, for any thread count") {
    auto whole = make_model(small_config(), 3);
    Batch batch = make_batch(pairs(9), small_config());
    Var loss = whole->loss(batch);
    loss.backward();
    CrossEntropyOptions options;
    options.normalizer = batch.label_count();
    for (int threads : {1, 2, 3, 16}) {
      Threads scope(threads);
      auto model = make_model(small_config(), 3);
      BatchGradients gradients(*model);
      for (int round = 0; round < 2; ++round) {
        model->parameters().zero_grad();
        auto shares = gradients.split(pairs(9));
        CHECK(shares.size() == static_cast<size_t>(std::min(threads, 9)));
        CHECK(gradients.backward(shares, {}, options) ==
              doctest::Approx(loss.item()).epsilon(1e-5));
        CHECK(distance(*model, *whole) < 1e-5);
      }
    }
  }

  TEST_CASE("shares add to gradients that are there") {
    Threads scope(2);
    auto once = make_model(small_config(), 3), twice = make_model(small_config(), 3);
    BatchGradients first(*once), second(*twice);
    auto shares = first.split(pairs(4));
    CrossEntropyOptions whole{0, 0, 10}, half{0, 0, 20};
    first.backward(shares, {}, whole);
    second.backward(shares, {}, half);
    second.backward(shares, {}, half);
    CHECK(distance(*once, *twice) < 1e-5);
  }

  TEST_CASE("a share that throws leaves no gradient behind, in the model or in a replica") {
    Threads scope(2);
    auto model = make_model(small_config(), 3), fresh = make_model(small_config(), 3);
    BatchGradients gradients(*model), of_fresh(*fresh);
    auto good = gradients.split(pairs(4));
    for (size_t bad : {0, 1}) {  // the model's share, the replica's
      auto broken = good;
      broken[bad].labels.back() = 60;  // no such token
      CHECK_THROWS_AS(gradients.backward(broken, {}, {0, 0, 10}), Error);
      for (const Parameter& p : model->parameters().all()) REQUIRE(!p.var.grad().defined());
      gradients.backward(good, {}, {0, 0, 10});
      fresh->parameters().zero_grad();
      of_fresh.backward(good, {}, {0, 0, 10});
      CHECK(distance(*model, *fresh) == 0);
      model->parameters().zero_grad();
    }
  }

  TEST_CASE("replicas follow the model's weights, and dropout differs between shares") {
    Threads scope(2);
    auto model = make_model(small_config(), 3);
    BatchGradients gradients(*model);
    std::vector<TokenPair> same(2, pairs(1)[0]);
    auto shares = gradients.split(same);
    REQUIRE(shares.size() == 2);
    CrossEntropyOptions options{0, 0, 1};
    double before = gradients.backward(shares, {}, options);
    update([](real w) { return w / 2; }, model->parameters().all()[0].var.mutable_value());
    Var alone = model->loss(shares[0], {}, options);
    CHECK(alone.item() != doctest::Approx(before / 2));
    CHECK(gradients.backward(shares, {}, options) == doctest::Approx(2 * alone.item()));
    Random random(5);
    real rate = 0.5;
    std::vector<Batch> one = {shares[0]};
    Random again(5);
    double first = gradients.backward(one, {rate, &random}, options);
    CHECK(gradients.backward(shares, {rate, &again}, options) != doctest::Approx(2 * first));
  }

  TEST_CASE("an error in any share reaches the caller") {
    Threads scope(2);
    auto model = make_model(small_config(), 3);
    BatchGradients gradients(*model);
    auto shares = gradients.split(pairs(4));
    shares[1].inputs[0] = 60;
    CHECK_THROWS_AS(gradients.backward(shares, {}, {0, 0, 10}), Error);
  }

  TEST_CASE("a thousand steps take no more memory than the first ones") {
    Config config = small_config();
    config.d_model = config.d_ff = 16;
    auto model = make_model(config, 3);
    BatchGradients gradients(*model);
    auto optimizer = make_optimizer("adamw", model->parameters());
    Random random(1);
    auto step = [&](int64_t sentences) {
      gradients.backward(gradients.split(pairs(sentences)), {real(0.1), &random}, {0, 0, 8});
      optimizer->step(1e-3);
      model->parameters().zero_grad();
    };
    for (int i = 0; i < 10; ++i) step(12);
    MemoryStatistics before = memory_statistics();
    reset_peak_memory();
    for (int i = 0; i < 1000; ++i) step(1 + i % 12);
    MemoryStatistics after = memory_statistics();
    CHECK(after.live_bytes == before.live_bytes);
    CHECK(after.peak_bytes <= before.peak_bytes);
  }
}

TEST_SUITE("21-performance") {
  TEST_CASE("gradient checkpointing: loss and every gradient stay, with dropout, on all heads") {
    for (int threads : {1, 2}) {
      Threads scope(threads);
      for (const TaskHead* head :
           {&task_head("language-model"), &task_head("token-classification")}) {
        Config config = small_config();
        config.head = head;
        if (head != &task_head("language-model")) config.labels = {"a", "b", "c"};
        std::vector<TokenPair> examples = pairs(9);
        if (head != &task_head("language-model"))
          for (TokenPair& pair : examples) pair.target = Ids(pair.input.size(), 1);
        auto plain = make_model(config, 3), again = make_model(config, 3);
        again->recompute_blocks(true);
        double losses[2];
        for (Model* model : {plain.get(), again.get()}) {
          BatchGradients gradients(*model);
          Random random(5);
          losses[model == again.get()] =
              gradients.backward(gradients.split(examples), {real(0.1), &random}, {});
        }
        INFO(threads, " threads, head ", head->name);
        CHECK(losses[0] == losses[1]);
        CHECK(distance(*again, *plain) < kSums);
      }
    }
  }

  TEST_CASE("gradient checkpointing: a deep stack takes a part of the memory") {
    Config config = small_config();
    config.num_layers = 12;
    config.num_decoder_layers = 12;
    auto model = make_model(config, 3);
    auto peak = [&](bool again) {
      model->recompute_blocks(again);
      Batch batch = make_batch(std::vector<TokenPair>(20, {Ids(30, 5), Ids(30, 7)}), config);
      int64_t before = memory_statistics().live_bytes;
      reset_peak_memory();
      model->loss(batch).backward();
      return memory_statistics().peak_bytes - before;
    };
    peak(false);  // the gradients exist
    CHECK(peak(true) < peak(false) / 2);
  }
}
