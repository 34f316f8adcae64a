// The whole model against Hugging Face transformers: fixtures made by
// tests/parity/make_fixtures.py.

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "nn/optimizers/optimizer.h"
#include "t5/files/json.h"
#include "t5/generation/generate.h"
#include "t5/model/directory.h"
#include "tests/t5/fixtures/fixture_model.h"

using namespace t5;
using namespace t5::testing;

namespace {

std::string directory(const std::string& variant) { return "tests/fixtures/models/" + variant; }

// What transformers computed over many steps: training runs and generated ids.
JsonObject runs_of(const std::string& variant) {
  return JsonObject::read(directory(variant) + "/expected.json");
}

std::unique_ptr<Optimizer> make(const std::string& name, Parameters& parameters) {
  if (name == "adamw") return make_adamw(parameters, {.weight_decay = 0.01});
  if (name == "sgd") return make_sgd(parameters, {.momentum = 0.9});
  return make_adafactor(parameters, {.min_factored_size = name == "adafactor" ? 0 : 128});
}

}  // namespace

TEST_SUITE("12-decoder") {
  TEST_CASE("every variant: states, logits, loss and gradients are those of transformers") {
    for (std::string variant : kVariants) {
      INFO(variant);
      FixtureModel fixture(variant);
      auto model = fixture.model();
      Batch batch = make_batch(fixture.pairs(), model->config());

      Var memory = model->encode(batch.inputs, batch.sources);
      CHECK(relative_gap(memory.value(),
                         fixture.expected("encoder_last_hidden_state", batch.sources)) < 2e-5);
      Var states = model->decode(batch.decoder_inputs, batch.targets, memory, batch.sources);
      CHECK(relative_gap(states.value(), fixture.expected("decoder_last_hidden_state")) < 2e-5);
      CHECK(relative_gap(model->head()(states).value(), fixture.expected("logits")) < 2e-5);

      Var loss = model->loss(batch);
      CHECK(std::abs(loss.item() - fixture.expected("loss").item()) < 1e-5);
      loss.backward();
      for (const Parameter& p : model->parameters().all()) {
        INFO(p.name);
        REQUIRE(p.var.grad().defined());
        CHECK(relative_l2(p.var.grad(), fixture.expected("grad." + p.name)) < 1e-3);
      }
    }
  }
}

TEST_SUITE("14-training") {
  TEST_CASE("every variant: ten steps of every optimiser give the losses of PyTorch") {
    for (std::string variant : kVariants)
      for (std::string name : {"adamw", "adafactor", "adafactor_min128", "sgd"}) {
        INFO(variant, ", ", name);
        FixtureModel fixture(variant);
        JsonObject run = runs_of(variant).object("training").object(name);
        // PyTorch's own float32 run drifts from its float64 run by float32_gap; 10 times that, and
        // at least 1e-4, is room for another order of summation.
        double tolerance = std::max(1e-4, 10 * run.number("float32_gap", 0, 1));
        double rate = run.object("settings").number("lr", 0, 1);
        auto model = fixture.model();
        Batch batch = make_batch(fixture.pairs(), model->config());
        auto optimizer = make(name, model->parameters());
        const Json& losses = run.value().at("losses");
        for (size_t step = 0; step < losses.size(); ++step) {
          INFO("step ", step);
          Var loss = model->loss(batch);
          CHECK(std::abs(loss.item() - losses[step].get<double>()) < tolerance);
          loss.backward();
          optimizer->step(rate);
          model->parameters().zero_grad();
        }
      }
  }
}

TEST_SUITE("16-generation") {
  TEST_CASE(
      "every variant: greedy generation gives the ids of transformers, alone and in a batch") {
    for (std::string variant : kVariants) {
      INFO(variant);
      JsonObject runs = runs_of(variant);
      FixtureModel fixture(variant);
      auto model = fixture.model();
      GenerationOptions options;
      options.max_new_tokens = runs.integer("max_new_tokens", 1, 1000);
      std::vector<Ids> inputs, outputs;
      for (const Json& row : runs.value().at("greedy")) {
        inputs.push_back(row.at("input_ids").get<Ids>());
        outputs.push_back(row.at("output_ids").get<Ids>());
        CHECK(generate(*model, {inputs.back()}, options)[0] == outputs.back());
      }
      CHECK(generate(*model, inputs, options) == outputs);
    }
  }
}

TEST_SUITE("18-t5-small") {
  TEST_CASE("every variant: a directory loads as the config and the numbers in its files") {
    for (std::string variant : kVariants) {
      INFO(variant);
      auto loaded = load_model(directory(variant)), expected = FixtureModel(variant).model();
      CHECK(loaded->tied() == expected->tied());
      REQUIRE(loaded->parameters().all().size() == expected->parameters().all().size());
      for (const Parameter& p : expected->parameters().all()) {
        INFO(p.name);
        CHECK(identical(loaded->parameters().find(p.name)->value(), p.var.value()));
      }
    }
  }
}
