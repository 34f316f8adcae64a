// The decoder, the head and the whole: what they do by construction. parity_test.cpp holds the
// whole model against transformers.

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/shaping.h"
#include "tests/t5/fixtures/fixture_model.h"

using namespace t5;
using namespace t5::testing;

namespace {

Config small_config() {
  Config config;
  config.d_model = 12, config.d_ff = 20, config.d_kv = 3, config.num_heads = 4;
  config.num_layers = 2, config.num_decoder_layers = 3, config.vocab_size = 10;
  config.layer_norm_epsilon = 0;
  return config;
}

void fill(Var weight, real value) { weight.mutable_value().fill(value); }

// One decoder block between 5 targets and 7 source tokens, of two pairs.
struct Bench {
  Config config = small_config();
  Parameters parameters{random_source(1)};
  DecoderBlock block{Scope(parameters), config, 0};
  Segments targets{{3, 2}}, sources{{4, 3}};
  Tensor x = random_tensor({5, 12}, 2), memory = random_tensor({7, 12}, 3);

  Var bias() const { return (*block.self_attention.bias)(3, 3); }
  Tensor run(const Tensor& input, const Tensor& states, const Dropout& dropout = {}) const {
    return block(Var(input), bias(), {targets, targets, true}, Var(states), {targets, sources},
                 dropout)
        .value();
  }
  void silence_self() { fill(block.self_attention.attention.o.weight, 0); }
  void silence_cross() { fill(block.cross_attention.attention.o.weight, 0); }
  void silence_feed_forward() { fill(block.feed_forward.feed_forward.wo.weight, 0); }
};

Tensor with_noise(const Tensor& x, int64_t row) {
  Tensor y = x.contiguous_copy();
  for (int64_t i = 0; i < x.dim(1); ++i) y.mutable_data()[row * x.dim(1) + i] += real(i % 3) - 1;
  return y;
}

Tensor written(const Tensor& after, const Tensor& before) {
  return map([](real a, real b) { return a - b; }, after, before);
}

// A model whose stacks are random and whose shared embedding is too.
std::unique_ptr<Model> small_model(bool tied = true) {
  Config config = small_config();
  config.tie_word_embeddings = config.scale_decoder_outputs = tied;
  return make_model(config, 5);
}

Batch batch_of(const std::vector<TokenPair>& pairs, const Config& config) {
  return make_batch(pairs, config);
}

}  // namespace

TEST_SUITE("12-decoder") {
  TEST_CASE("shift right: the start token, then the target without its last token") {
    Batch batch = batch_of({{{5, 6, 1}, {7, 8, 9, 1}}}, small_config());
    CHECK(batch.labels == Ids{7, 8, 9, 1});
    CHECK(batch.decoder_inputs == Ids{0, 7, 8, 9});
    CHECK(batch.inputs == Ids{5, 6, 1});
  }

  TEST_CASE("shift right: every pair of a batch starts anew, laid end to end") {
    Batch batch = batch_of({{{5, 1}, {7, 1}}, {{6, 5, 1}, {8, 9, 1}}}, small_config());
    CHECK(batch.labels == Ids{7, 1, 8, 9, 1});
    CHECK(batch.decoder_inputs == Ids{0, 7, 0, 8, 9});
    REQUIRE(batch.targets.count() == 2);
    CHECK(batch.targets.length(0) == 2);
    CHECK(batch.targets.length(1) == 3);
    CHECK(batch.sources.begin(1) == 2);
  }

  TEST_CASE("shift right: -100 counts for nothing as a label and is read as padding") {
    Config config = small_config();
    config.pad_token_id = 3, config.decoder_start_token_id = 2;
    Batch batch = batch_of({{{5, 1}, {7, kIgnoredLabel, 8, kIgnoredLabel}}}, config);
    CHECK(batch.labels == Ids{7, kIgnoredLabel, 8, kIgnoredLabel});
    CHECK(batch.decoder_inputs == Ids{2, 7, 3, 8});
    CHECK(batch.label_count() == 2);
  }

  TEST_CASE("shift right: of every variant, as transformers' labels go in") {
    for (std::string variant : kVariants) {
      INFO(variant);
      FixtureModel fixture(variant);
      Batch batch = make_batch(fixture.pairs(), fixture.config());
      for (int64_t b = 0; b < batch.targets.count(); ++b)
        for (int64_t i = 0; i < batch.targets.length(b); ++i) {
          int64_t r = batch.targets.begin(b) + i;
          Id before = i == 0 ? 0 : batch.labels[r - 1];
          REQUIRE(batch.decoder_inputs[r] == (before == kIgnoredLabel ? 0 : before));
        }
    }
  }

  TEST_CASE("block: when all three sublayers write zeros, the stream passes untouched") {
    Bench bench;
    bench.silence_self();
    bench.silence_cross();
    bench.silence_feed_forward();
    CHECK(difference(bench.run(bench.x, bench.memory), bench.x, 0) == "");
  }

  TEST_CASE("block: a token sees those before it and itself, none after it") {
    Bench bench;
    Tensor before = bench.run(bench.x, bench.memory);
    Tensor after = bench.run(with_noise(bench.x, 1), bench.memory);  // token 1 of 3
    CHECK(identical(after.select(0, 0), before.select(0, 0)));
    CHECK_FALSE(identical(after.select(0, 1), before.select(0, 1)));
    CHECK_FALSE(identical(after.select(0, 2), before.select(0, 2)));
    INFO("the other pair must not notice");
    CHECK(identical(after.slice(0, 3, 5), before.slice(0, 3, 5)));
  }

  TEST_CASE("block: every target token sees all of its own source, and nothing of another's") {
    Bench bench;
    Tensor before = bench.run(bench.x, bench.memory);
    Tensor after = bench.run(bench.x, with_noise(bench.memory, 3));  // the first source's last
    for (int64_t row = 0; row < 3; ++row) {
      INFO("target token ", row, " must notice that the last source token has changed");
      CHECK_FALSE(identical(after.select(0, row), before.select(0, row)));
    }
    CHECK(identical(after.slice(0, 3, 5), before.slice(0, 3, 5)));
  }

  TEST_CASE("block: cross-attention has no positions: a source in another order reads the same") {
    Bench bench;
    Tensor turned = bench.memory.contiguous_copy();
    for (int64_t i = 0; i < 12; ++i)
      std::swap(turned.mutable_data()[i], turned.mutable_data()[2 * 12 + i]);
    CHECK(difference(bench.run(bench.x, turned), bench.run(bench.x, bench.memory), 1e-5) == "");
  }

  TEST_CASE("block: cross-attention norms its queries, and not the encoder's states") {
    Bench bench;
    bench.silence_self();
    bench.silence_feed_forward();
    auto times = [](const Tensor& x, real factor) {
      return map([factor](real v) { return v * factor; }, x);
    };
    Tensor once = written(bench.run(bench.x, bench.memory), bench.x);
    Tensor tripled = times(bench.x, 3);
    INFO("three times the stream must read the same from the source");
    CHECK(difference(written(bench.run(tripled, bench.memory), tripled), once, 1e-5) == "");
    INFO("the states come from the encoder's final norm and are used as they are");
    CHECK(gap(written(bench.run(bench.x, times(bench.memory, 3)), bench.x), once) > 0.01);
  }

  TEST_CASE("block: first the targets, then the source, then feed-forward") {
    Bench all, self, cross, last;  // the same weights: parameters are drawn by name
    self.silence_cross(), self.silence_feed_forward();
    cross.silence_self(), cross.silence_feed_forward();
    last.silence_self(), last.silence_cross();
    Tensor x = self.run(all.x, all.memory);
    x = cross.run(x, all.memory);
    x = last.run(x, all.memory);
    CHECK(difference(all.run(all.x, all.memory), x, 1e-5) == "");
  }

  TEST_CASE("block: dropout acts on what the sublayers write, never on the stream") {
    Bench bench;
    bench.silence_self();
    bench.silence_cross();
    bench.silence_feed_forward();
    Random random(4);
    CHECK(difference(bench.run(bench.x, bench.memory, {real(0.5), &random}), bench.x, 0) == "");
    CHECK(random.position() == 6);  // two attentions and the features, and the output of each
  }

  TEST_CASE("stack: every block and the final norm of every variant are those of transformers") {
    for (std::string variant : kVariants) {
      INFO(variant);
      FixtureModel fixture(variant);
      auto model = fixture.model();
      Batch batch = make_batch(fixture.pairs(), model->config());
      // The memory is transformers' own: what is looked at here is the decoder alone.
      Var memory(fixture.expected("encoder_last_hidden_state", batch.sources));
      int64_t seen = 0;
      auto observe = [&](const std::string& name, const Var& state) {
        INFO(name);
        ++seen;
        CHECK(relative_gap(state.value(), fixture.expected(name, batch.targets)) < 2e-5);
      };
      model->decode(batch.decoder_inputs, batch.targets, memory, batch.sources, {}, observe);
      CHECK(seen == model->config().num_decoder_layers + 1);
    }
  }

  TEST_CASE("stack: one table of positions, used by every block") {
    Config config = small_config();
    Parameters parameters(random_source(9));
    Decoder decoder(Scope(parameters), config);
    const Segments five({5});
    Var* table = parameters.find("block.0.layer.0.SelfAttention.relative_attention_bias.weight");
    REQUIRE(table != nullptr);
    // With self-attention silent everywhere but in the last block, only the last can notice it.
    for (int64_t i = 0; i < 2; ++i) fill(decoder.blocks[i].self_attention.attention.o.weight, 0);
    Var x(random_tensor({5, 12}, 10)), memory(random_tensor({4, 12}, 11));
    auto run = [&] {
      return decoder(x, {five, five, true}, memory, {five, Segments({4})}, {}).value();
    };
    Tensor before = run();
    table->mutable_value().mutable_data()[0] += 3;
    INFO("the last block must use the position bias of block 0");
    CHECK(gap(run(), before) > 1e-4);
  }

  TEST_CASE("stack: every block reads the source") {
    Config config = small_config();
    Parameters parameters(random_source(12));
    Decoder decoder(Scope(parameters), config);
    const Segments five({5});
    for (int64_t i = 0; i < 2; ++i) fill(decoder.blocks[i].cross_attention.attention.o.weight, 0);
    Var x(random_tensor({5, 12}, 13));
    auto run = [&](uint64_t seed) {
      return decoder(x, {five, five, true}, Var(random_tensor({4, 12}, seed)),
                     {five, Segments({4})}, {})
          .value();
    };
    INFO("with cross-attention silent in the blocks before it, the last must notice the source");
    CHECK(gap(run(14), run(15)) > 1e-3);
  }

  TEST_CASE("head: tied logits are the states, divided by sqrt(d_model), times the embedding") {
    auto model = small_model();
    const Tensor& table = model->parameters().find("shared.weight")->value();
    Tensor states = random_tensor({4, 12}, 6), expected = Tensor::zeros({4, 10});
    for (int64_t n = 0; n < 4; ++n)
      for (int64_t v = 0; v < 10; ++v)
        for (int64_t i = 0; i < 12; ++i)
          expected.mutable_data()[n * 10 + v] +=
              states.at({n, i}) * table.at({v, i}) / real(std::sqrt(12.0));
    CHECK(model->tied());
    CHECK(difference(model->head()(Var(states)).value(), expected) == "");
  }

  TEST_CASE("head: untied logits use lm_head.weight, and nothing is scaled") {
    auto model = small_model(false);
    REQUIRE(model->parameters().find("lm_head.weight") != nullptr);
    const Tensor& table = model->parameters().find("lm_head.weight")->value();
    Tensor states = random_tensor({4, 12}, 7), expected = Tensor::zeros({4, 10});
    for (int64_t n = 0; n < 4; ++n)
      for (int64_t v = 0; v < 10; ++v)
        for (int64_t i = 0; i < 12; ++i)
          expected.mutable_data()[n * 10 + v] += states.at({n, i}) * table.at({v, i});
    CHECK_FALSE(model->tied());
    CHECK(difference(model->head()(Var(states)).value(), expected) == "");
  }

  TEST_CASE("head: scaling and tying are two questions: tied unscaled, untied scaled") {
    for (bool tied : {true, false}) {
      Config config = small_config();
      config.tie_word_embeddings = tied;
      config.scale_decoder_outputs = !tied;
      auto model = make_model(config, 5);
      const char* name = tied ? "shared.weight" : "lm_head.weight";
      Tensor one = Tensor::zeros({1, 12});
      one.mutable_data()[0] = 1;  // the logits are the first column of the table
      Tensor got = model->head()(Var(one)).value();
      for (int64_t v = 0; v < 10; ++v) {
        real weight = model->parameters().find(name)->value().at({v, 0});
        INFO(name, ", token ", v);
        CHECK(got.at({0, v}) ==
              doctest::Approx(tied ? weight : weight / std::sqrt(12.0)).epsilon(1e-5));
      }
    }
  }

  TEST_CASE("head: a tied embedding learns from both its ends") {
    auto model = small_model();
    Batch batch = batch_of({{{5, 6, 1}, {7, 8, 1}}}, model->config());
    model->loss(batch).backward();
    Tensor gradient = model->parameters().find("shared.weight")->grad();
    INFO("token 9 occurs nowhere, but its logit takes part in every softmax");
    CHECK(squared_norm(gradient.select(0, 9)) > 0);
  }

  TEST_CASE("forward: a row of logits for every token of every target") {
    auto model = small_model();
    Batch batch = batch_of({{{5, 6, 1}, {7, 1}}, {{4, 1}, {8, 9, 1}}}, model->config());
    CHECK(model->forward(batch).shape() == Shape({5, 10}));
  }

  TEST_CASE("forward: teacher forcing: the row that predicts a token has not seen it") {
    auto model = small_model();
    auto logits = [&](Id second) {
      return model->forward(batch_of({{{5, 6, 1}, {7, second, 9, 1}}}, model->config())).value();
    };
    Tensor a = logits(8), b = logits(2);
    INFO("rows 0 and 1 predict tokens 0 and 1: they may not know what token 1 is");
    CHECK(identical(a.slice(0, 0, 2), b.slice(0, 0, 2)));
    INFO("rows 2 and 3 come after it and must know");
    CHECK_FALSE(identical(a.select(0, 2), b.select(0, 2)));
    CHECK_FALSE(identical(a.select(0, 3), b.select(0, 3)));
  }

  TEST_CASE("forward: what is written depends on what was read") {
    auto model = small_model();
    auto logits = [&](Id first) {
      return model->forward(batch_of({{{first, 6, 1}, {7, 1}}}, model->config())).value();
    };
    CHECK_FALSE(identical(logits(5), logits(4)));
  }

  TEST_CASE("forward: dropout reaches the encoder, the decoder and its head's input") {
    auto model = small_model();
    Batch batch = batch_of({{{5, 6, 1}, {7, 1}}}, model->config());
    Random random(8);
    model->forward(batch, {real(0.1), &random});
    // Two masks at the ends of each stack; 4 in each encoder block, 6 in each decoder block.
    CHECK(random.position() == 2 + 2 * 4 + 2 + 3 * 6);
  }

  TEST_CASE("loss: the mean of the labels that count, from log-probabilities by hand") {
    auto model = small_model();
    Batch batch = batch_of({{{5, 6, 1}, {7, kIgnoredLabel, 8, 1}}}, model->config());
    Tensor logits = model->forward(batch).value();
    double total = 0;
    for (int64_t n = 0; n < 4; ++n) {
      if (batch.labels[n] == kIgnoredLabel) continue;
      double sum = 0;
      for (int64_t v = 0; v < 10; ++v) sum += std::exp(static_cast<double>(logits.at({n, v})));
      total += std::log(sum) - logits.at({n, batch.labels[n]});
    }
    CHECK(model->loss(batch).item() == doctest::Approx(total / 3).epsilon(1e-5));
  }
}
