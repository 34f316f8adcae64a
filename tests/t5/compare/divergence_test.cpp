// Mistakes planted in one of two models: the first state that differs and the cause are named.

#include "t5/compare/divergence.h"

#include <doctest/doctest.h>

#include "t5/files/json.h"
#include "t5/files/safetensors.h"
#include "t5/model/directory.h"
#include "tests/support.h"
#include "tests/t5/files/temporary_directory.h"

using namespace t5;

namespace {

const char* const kVariants[] = {"t5", "t5-v1_1", "t5-gated-silu", "mt5", "byt5", "umt5"};

std::string directory(const std::string& variant) { return "tests/fixtures/models/" + variant; }

using Weight = std::function<Tensor(const std::string& name, const Tensor& value)>;

// The fixture's model with another config or other weights, against the states of transformers.
Divergence plant(const std::string& variant, const std::function<void(Config&)>& change,
                 const Weight& weight = {}) {
  auto model = load_model(directory(variant));
  Mistake mistake{"", model->config(), weight, {}};
  if (change) change(mistake.config);
  auto planted = with_mistake(*model, mistake);
  return find_divergence(*planted,
                         Dump(directory(variant) + "/expected.safetensors", mistake.config), 1e-4);
}

void check_found(const Divergence& found, const std::string& first, const std::string& cause) {
  INFO(found.cause);
  CHECK(found.first == first);
  CHECK(found.cause.find(cause) != std::string::npos);
}

Tensor scaled(const Tensor& x, real factor) {
  return map([factor](real v) { return v * factor; }, x);
}

}  // namespace

TEST_SUITE("18-t5-small") {
  TEST_CASE("gap: the largest difference in terms of their largest number") {
    auto row = [](const std::vector<real>& values) {
      return Tensor::from({std::ssize(values)}, values);
    };
    CHECK(state_gap(row({1, 2, -3}), row({1, 2.5, -4})) == 0.25);  // 1 of 4
    CHECK(state_gap(row({3, 0}), row({2, 0})) == 0.5);             // theirs, not ours
    CHECK(state_gap(row({-8, 1}), row({-8, 3})) == 0.25);          // the largest by size
    CHECK(state_gap(row({0, 0}), row({0, 0})) == 0);
    CHECK(state_gap(Tensor::from({2, 2}, {1, 2, 3, 4}).transpose(),
                    Tensor::from({2, 2}, {1, 3, 2, 4})) == 0);  // a view, by its strides
  }

  TEST_CASE("gap: what is not a finite number differs, wherever it stands") {
    for (real bad : {real(NAN), real(INFINITY), real(-INFINITY)})
      for (int64_t at : {0, 1, 2}) {
        std::vector<real> values{1, 2, 3}, broken = values;
        broken[at] = bad;
        INFO(bad << " at " << at);
        Tensor good = Tensor::from({3}, values), other = Tensor::from({3}, broken);
        CHECK(state_gap(other, good) == HUGE_VAL);
        CHECK(state_gap(good, other) == HUGE_VAL);
        CHECK(state_gap(other, other) == HUGE_VAL);
      }
  }

  TEST_CASE("diff: a dump may hold some of the states; the first of those is named") {
    TemporaryDirectory folder;
    std::vector<TensorEntry> kept;
    SafetensorsFile whole = SafetensorsFile::open(directory("t5") + "/expected.safetensors");
    for (const TensorEntry& entry : whole.entries())
      for (std::string name : {"input_ids", "attention_mask", "labels", "encoder_last_hidden_state",
                               "decoder.block.1.output", "loss"})
        if (entry.name == name) kept.push_back(entry);
    write_safetensors(folder / "some", kept);
    auto model = load_model(directory("t5"));
    Divergence same = find_divergence(*model, Dump(folder / "some", model->config()), 1e-4);
    CHECK(same.first == "");
    REQUIRE(same.states.size() == 3);
    CHECK(same.states[1].name == "decoder.block.1.output");
    Mistake mistake{"", model->config(), {}, {}};
    mistake.config.decoder_start_token_id = 5;
    auto planted = with_mistake(*model, mistake);
    Divergence found = find_divergence(*planted, Dump(folder / "some", mistake.config), 1e-4);
    CHECK(found.first == "decoder.block.1.output");
    CHECK(found.states.size() == 3);
  }

  TEST_CASE("diff: every variant agrees with transformers, state by state") {
    for (std::string variant : kVariants) {
      INFO(variant);
      Divergence same = plant(variant, {});
      CHECK(same.first == "");
      Config config = load_config(directory(variant));
      CHECK(std::ssize(same.states) == config.num_layers + config.num_decoder_layers + 4);
      for (const StateGap& state : same.states) CHECK(state.gap < 2e-5);
    }
  }

  TEST_CASE("diff: where ours is not a number, a mistake that removes it is not yet the cause") {
    auto spoil = [](const std::string& name, const Tensor& value) {
      if (name != "encoder.block.1.layer.0.SelfAttention.q.weight") return value;
      Tensor spoilt = value.contiguous_copy();
      spoilt.mutable_data()[0] = NAN;
      return spoilt;
    };
    Divergence found = plant("t5", {}, spoil);
    INFO(found.cause);
    CHECK(found.first == "encoder.block.1.output");
    CHECK(found.cause.find("confirmed") == std::string::npos);
  }

  TEST_CASE("diff: a wrong value in the config is found, with the right one") {
    check_found(plant("t5", [](Config& c) { c.layer_norm_epsilon = 1e-2; }),
                "encoder.block.0.output", "layer_norm_epsilon is 1e-06, here it is 0.01");
    check_found(plant("byt5", [](Config& c) { c.activation = Activation::kRelu; }),
                "encoder.block.0.output", "the activation is gelu_new");
    check_found(plant("t5-v1_1", [](Config& c) { c.relative_attention_max_distance = 64; }),
                "encoder.block.0.output", "max_distance is 128, here it is 64");
    check_found(plant("t5", [](Config& c) { c.decoder_start_token_id = 5; }),
                "decoder.block.0.output", "the decoder starts with id 0");
    check_found(plant("t5", [](Config& c) { c.scale_decoder_outputs = false; }), "logits",
                "0.25 times ours = d_model^-0.5");
    check_found(plant("byt5", [](Config& c) { c.scale_decoder_outputs = true; }), "logits",
                "sqrt(d_model): they do not scale");
  }

  TEST_CASE("diff: a wrong weight is found in its layer") {
    // Blocks 1 and 2 of the decoder, exchanged.
    auto model = load_model(directory("t5-v1_1"));
    auto swap = [&](const std::string& name, const Tensor& value) {
      std::string other = name;
      for (auto [from, to] : {std::pair{"1", "2"}, {"2", "1"}})
        if (name.starts_with(std::string("decoder.block.") + from)) other.replace(14, 1, to);
      return other == name ? value : model->parameters().find(other)->value();
    };
    check_found(plant("t5-v1_1", {}, swap), "decoder.block.1.output",
                "block 1 has the weights of block 2");
    auto one = [](const std::string& wanted, real factor) {
      return [=](const std::string& name, const Tensor& value) {
        return name == wanted ? scaled(value, factor) : value;
      };
    };
    check_found(plant("umt5", {}, one("encoder.block.1.layer.1.DenseReluDense.wo.weight", 1.1)),
                "encoder.block.1.output", "this block's weights");
    check_found(plant("mt5", {}, one("encoder.final_layer_norm.weight", 1.5)),
                "encoder_last_hidden_state", "times ours: a constant factor");
  }

  TEST_CASE("diff: mistakes in the computation are told apart") {
    auto scores = [](const std::string& name, const Tensor& value) {  // ours are too large
      return name.find(".q.") != std::string::npos ? scaled(value, 2) : value;
    };
    check_found(plant("t5", {}, scores), "encoder.block.0.output", "divided by sqrt(d_kv)");
    auto no_bias = [](const std::string& name, const Tensor& value) {
      bool bias = name.find("decoder.block.0.layer.0.SelfAttention.relative") == 0;
      return bias ? scaled(value, 0) : value;
    };
    check_found(plant("t5", {}, no_bias), "decoder.block.0.output", "positions before 1 agree");
    auto gate = [&](const std::string& name, const Tensor& value) {
      auto parameters = load_model(directory("mt5"));
      std::string other = name;
      if (size_t at = name.find("wi_"); at != std::string::npos && name.starts_with("encoder"))
        other[at + 3] = name[at + 3] == '0' ? '1' : '0';
      return other == name ? value
                           : parameters->parameters().find(other)->value().contiguous_copy();
    };
    check_found(plant("mt5", {}, gate), "encoder.block.0.output", "wi_0 and wi_1 are exchanged");
  }

  TEST_CASE("diff: a large mistake is confirmed although a small one is left beside it") {
    auto two = [](const std::string& name, const Tensor& value) {
      bool small = name == "encoder.block.0.layer.1.DenseReluDense.wo.weight";
      return name.find(".q.") != std::string::npos ? scaled(value, 2)
             : small                               ? scaled(value, real(1.002))
                                                   : value;
    };
    INFO("a fiftieth of the gap may be left, even above the tolerance");
    check_found(plant("t5", {}, two), "encoder.block.0.output", "divided by sqrt(d_kv)");
  }

  TEST_CASE("diff: a dump that does not fit is refused by name") {
    auto model = load_model(directory("t5"));
    auto refusal = [&](const std::string& path) {
      return t5::testing::error_of(
          [&] { find_divergence(*model, Dump(path, model->config()), 1e-4); });
    };
    CHECK(refusal(directory("t5") + "/model.safetensors").find("input_ids is missing") !=
          std::string::npos);
    CHECK(refusal(directory("byt5") + "/expected.safetensors").find("input_ids holds") !=
          std::string::npos);
  }
}
