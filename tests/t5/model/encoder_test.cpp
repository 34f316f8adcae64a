// The encoder's block and stack: what they do by construction, and what transformers computes.

#include "autograd/ops/arithmetic.h"
#include "tests/t5/fixtures/fixture_model.h"

using namespace t5;
using namespace t5::testing;

namespace {

Config small_config() {
  Config config;
  config.d_model = 12, config.d_ff = 20, config.d_kv = 3, config.num_heads = 4;
  config.num_layers = 3, config.vocab_size = 10;
  config.layer_norm_epsilon = 0;  // so that a norm does not see the length of a row at all
  return config;
}

void fill(Var weight, real value) { weight.mutable_value().fill(value); }

// One block, its inputs, and the bias of its positions.
struct Bench {
  Config config = small_config();
  Parameters parameters{random_source(1)};
  EncoderBlock block{Scope(parameters), config, 0};
  Segments segments{{4, 2}};
  Tensor x = random_tensor({6, 12}, 2);

  Var bias() const { return (*block.self_attention.bias)(4, 4); }
  Tensor run(const Tensor& input) const {
    return block(Var(input), bias(), {segments, segments}, {}).value();
  }
  void silence_attention() { fill(block.self_attention.attention.o.weight, 0); }
  void silence_feed_forward() { fill(block.feed_forward.feed_forward.wo.weight, 0); }
};

// What the sublayers wrote: the stream after less the stream before.
Tensor written(const Tensor& after, const Tensor& before) {
  return map([](real a, real b) { return a - b; }, after, before);
}

Tensor times(const Tensor& x, real factor) {
  return map([factor](real v) { return v * factor; }, x);
}

// Encoder and embedding of a fixture, and the tokens they read.
struct FixtureEncoder {
  FixtureModel fixture;
  Parameters parameters;
  Embedding shared;
  Encoder encoder;
  Ids tokens;
  Segments segments;

  explicit FixtureEncoder(const std::string& variant)
      : fixture(variant),
        parameters(fixture.source()),
        shared(Scope(parameters) / "shared", fixture.config().vocab_size, fixture.config().d_model,
               1),
        encoder(Scope(parameters) / "encoder", fixture.config()) {
    for (const Ids& input : fixture.inputs()) {
      tokens.insert(tokens.end(), input.begin(), input.end());
      segments.push_back(std::ssize(input));
    }
  }
};

}  // namespace

TEST_SUITE("11-encoder") {
  TEST_CASE("block: when both sublayers write zeros, the stream passes untouched") {
    Bench bench;
    bench.silence_attention();
    bench.silence_feed_forward();
    CHECK(difference(bench.run(bench.x), bench.x, 0) == "");
  }

  TEST_CASE("block: attention reads a normed copy: three times the stream, the same writing") {
    Bench bench;
    bench.silence_feed_forward();
    Tensor once = written(bench.run(bench.x), bench.x);
    Tensor tripled = times(bench.x, 3);
    CHECK(squared_norm(once) > 0.1);
    CHECK(difference(written(bench.run(tripled), tripled), once, 1e-5) == "");
  }

  TEST_CASE("block: feed-forward reads what attention has written") {
    Bench bench;
    Tensor both = bench.run(bench.x);
    bench.silence_feed_forward();
    Tensor attended = bench.run(bench.x);
    Bench second;  // the same weights: parameters are drawn by name
    second.silence_attention();
    CHECK(difference(second.run(attended), both, 1e-5) == "");
  }

  TEST_CASE("block: every token sees every token of its sequence, and none of another") {
    Bench bench;
    Tensor changed = bench.x.contiguous_copy();
    changed.mutable_data()[3 * 12] += 1;  // the last token of the first sequence
    Tensor before = bench.run(bench.x), after = bench.run(changed);
    INFO("token 0 must notice that token 3, to its right, has changed");
    CHECK_FALSE(identical(after.select(0, 0), before.select(0, 0)));
    CHECK(identical(after.slice(0, 4, 6), before.slice(0, 4, 6)));
  }

  TEST_CASE("block: the position bias tells two orders of the same tokens apart") {
    Bench bench;
    Tensor x = bench.x.slice(0, 0, 4).contiguous_copy(), swapped = x.contiguous_copy();
    for (int64_t i = 0; i < 12; ++i)
      std::swap(swapped.mutable_data()[12 + i], swapped.mutable_data()[24 + i]);
    auto first = [&](const Tensor& input, const Var& bias) {
      return bench.block(Var(input), bias, {Segments({4}), Segments({4})}, {}).value().select(0, 0);
    };
    CHECK(gap(first(x, bench.bias()), first(swapped, bench.bias())) > 1e-3);
    INFO("without a bias, attention is blind to order");
    CHECK(gap(first(x, Var()), first(swapped, Var())) < 1e-5);
  }

  TEST_CASE("block: dropout acts on what the sublayers write, never on the stream") {
    Bench bench;
    bench.silence_attention();
    bench.silence_feed_forward();
    Random random(3);
    Dropout half{real(0.5), &random};
    Tensor y =
        bench.block(Var(bench.x), bench.bias(), {bench.segments, bench.segments}, half).value();
    CHECK(difference(y, bench.x, 0) == "");
    CHECK(random.position() == 4);  // attention's weights, its output, the features, their output
  }

  TEST_CASE("block: block 0 of every variant gives the states of transformers") {
    for (std::string variant : kVariants) {
      INFO(variant);
      FixtureEncoder f(variant);
      const EncoderBlock& block = f.encoder.blocks[0];
      Var bias = (*block.self_attention.bias)(f.segments.longest(), f.segments.longest());
      Var y = block(f.shared(f.tokens), bias, {f.segments, f.segments}, {});
      CHECK(relative_gap(y.value(), f.fixture.expected("encoder.block.0.output", f.segments)) <
            1e-5);
    }
  }

  TEST_CASE("stack: every block and the final norm of every variant are those of transformers") {
    for (std::string variant : kVariants) {
      INFO(variant);
      FixtureEncoder f(variant);
      std::vector<std::string> seen;
      auto observe = [&](const std::string& name, const Var& state) {
        INFO(name);
        seen.push_back(name);
        CHECK(relative_gap(state.value(), f.fixture.expected(name, f.segments)) < 1e-5);
      };
      Var y = f.encoder(f.shared(f.tokens), f.segments, {}, observe);
      CHECK(std::ssize(seen) == f.fixture.config().num_layers + 1);
      CHECK(relative_gap(y.value(), f.fixture.expected("encoder_last_hidden_state", f.segments)) <
            1e-5);
    }
  }

  TEST_CASE("stack: one table of positions, used by every block") {
    Config config = small_config();
    Parameters parameters(random_source(4));
    Encoder encoder(Scope(parameters), config);
    Var* table = parameters.find("block.0.layer.0.SelfAttention.relative_attention_bias.weight");
    REQUIRE(table != nullptr);
    CHECK_FALSE(encoder.blocks[1].self_attention.bias.has_value());
    // With attention silent everywhere but in the last block, only the last can notice the table.
    for (int64_t i = 0; i < 2; ++i) fill(encoder.blocks[i].self_attention.attention.o.weight, 0);
    Var x(random_tensor({5, 12}, 5));
    Tensor before = encoder(x, Segments({5}), {}).value();
    table->mutable_value().mutable_data()[0] += 3;
    INFO("the last block must use the position bias of block 0");
    CHECK(gap(encoder(x, Segments({5}), {}).value(), before) > 1e-4);
  }

  TEST_CASE("stack: its rows come out of a norm, whatever the stream has grown to") {
    Config config = small_config();
    Parameters parameters(random_source(6));
    Encoder encoder(Scope(parameters), config);
    Tensor y = encoder(Var(times(random_tensor({5, 12}, 7), 100)), Segments({5}), {}).value();
    for (int64_t n = 0; n < 5; ++n)
      CHECK(squared_norm(y.select(0, n)) / 12 == doctest::Approx(1).epsilon(1e-4));
  }

  TEST_CASE("stack: dropout at both ends, on the embedding and after the final norm") {
    Config config = small_config();
    config.num_layers = 0;  // nothing between the ends
    Parameters parameters(random_source(8));
    Encoder encoder(Scope(parameters), config);
    Random random(9);
    Tensor y =
        encoder(Var(Tensor::full({4000, 12}, 1)), Segments({4000}), {real(0.5), &random}).value();
    double zeros = 0;
    for (real v : y.to_vector()) zeros += v == 0;
    CHECK(zeros / static_cast<double>(y.size()) == doctest::Approx(0.75).epsilon(0.02));
  }

  TEST_CASE("stack: gradients reach the embedding through every block") {
    FixtureEncoder f("t5");
    Var embedded(f.shared(f.tokens).value(), true);
    Var y = f.encoder(embedded, f.segments, {});
    sum(square(y)).backward();
    CHECK(squared_norm(embedded.grad()) > 0);
    for (const Parameter& p : f.parameters.all()) {
      if (p.name == "shared.weight") continue;
      INFO(p.name);
      CHECK(p.var.grad().defined());
    }
  }
}
