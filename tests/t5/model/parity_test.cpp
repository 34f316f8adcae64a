// The whole model against Hugging Face transformers: fixtures made by
// tests/parity/make_fixtures.py.

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "nn/optimizers/optimizer.h"
#include "t5/files/json.h"
#include "t5/files/safetensors.h"
#include "t5/generation/generate.h"
#include "t5/model/directory.h"

using namespace t5;

namespace {

const char* const kVariants[] = {"t5", "t5-v1_1", "t5-gated-silu", "mt5", "byt5", "umt5"};

std::string directory(const std::string& variant) { return "tests/fixtures/models/" + variant; }

// The expected values of one variant.
struct Expected {
  SafetensorsFile file;
  JsonObject json;

  explicit Expected(const std::string& variant)
      : file(SafetensorsFile::open(directory(variant) + "/expected.safetensors")),
        json(JsonObject::read(directory(variant) + "/expected.json")) {}

  const TensorEntry& entry(const std::string& name) const {
    const TensorEntry* found = file.find(name);
    REQUIRE_MESSAGE(found != nullptr, name);
    return *found;
  }
  Tensor tensor(const std::string& name) const {
    const TensorEntry& e = entry(name);
    Tensor values{Shape({e.count()})};
    read_values(e.dtype, e.data, e.count(), values.data());
    return values;
  }
  // Integers of a padded (rows, length) matrix.
  std::vector<Ids> rows(const std::string& name) const {
    const TensorEntry& e = entry(name);
    auto* data = reinterpret_cast<const int64_t*>(e.data);
    std::vector<Ids> rows(e.shape[0]);
    for (auto& row : rows)
      for (int64_t i = 0; i < e.shape[1]; ++i) row.push_back(static_cast<Id>(*data++));
    return rows;
  }
};

// The padded batch of the fixture without its input padding; labels keep their -100.
Batch fixture_batch(const Expected& expected, const Config& config) {
  std::vector<Ids> inputs = expected.rows("input_ids"), mask = expected.rows("attention_mask"),
                   labels = expected.rows("labels");
  std::vector<TokenPair> pairs;
  for (size_t b = 0; b < inputs.size(); ++b) {
    Ids kept;
    for (size_t i = 0; i < inputs[b].size(); ++i)
      if (mask[b][i]) kept.push_back(inputs[b][i]);
    pairs.push_back({kept, labels[b]});
  }
  return make_batch(pairs, config);
}

// max |a - b| / max |b|
double gap(const Tensor& a, const Tensor& b) {
  std::vector<real> p = a.to_vector(), q = b.to_vector();
  REQUIRE(p.size() == q.size());
  double largest = 0, scale = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(p[i]) - q[i]));
    scale = std::max(scale, std::abs(static_cast<double>(q[i])));
  }
  return largest / std::max(scale, 1e-30);
}

// |a - b| / |b|, in the L2 norm.
double relative_l2(const Tensor& a, const Tensor& b) {
  Tensor d = map([](real x, real y) { return x - y; }, a.reshape({a.size()}), b);
  return std::sqrt(squared_norm(d) / std::max(squared_norm(b), 1e-30));
}

std::unique_ptr<Optimizer> make(const std::string& name, const Parameters& parameters) {
  if (name == "adamw") return make_adamw(parameters, {.weight_decay = 0.01});
  if (name == "sgd") return make_sgd(parameters, {.momentum = 0.9});
  return make_adafactor(parameters, {.min_factored_size = name == "adafactor" ? 0 : 128});
}

}  // namespace

TEST_SUITE("12-decoder") {
  TEST_CASE("every variant: states, logits, loss and gradients are those of transformers") {
    for (std::string variant : kVariants) {
      INFO(variant);
      Expected expected(variant);
      auto model = load_model(directory(variant));
      Batch batch = fixture_batch(expected, model->config());

      Var memory = model->encode(batch.inputs, batch.sources);
      Var states = model->decode(batch.decoder_inputs, batch.targets, memory, batch.sources);
      CHECK(gap(states.value(), expected.tensor("decoder_last_hidden_state")) < 2e-5);
      CHECK(gap(model->logits(states).value(), expected.tensor("logits")) < 2e-5);

      model->parameters().zero_grad();
      Var loss = model->loss(batch);
      CHECK(std::abs(loss.item() - expected.tensor("loss").item()) < 1e-5);
      loss.backward();
      for (const Parameter& p : model->parameters().all()) {
        INFO(p.name);
        CHECK(relative_l2(p.var.grad(), expected.tensor("grad." + p.name)) < 1e-3);
      }
    }
  }

  TEST_CASE("every variant: the encoder's states are those of transformers") {
    for (std::string variant : kVariants) {
      INFO(variant);
      Expected expected(variant);
      auto model = load_model(directory(variant));
      Batch batch = fixture_batch(expected, model->config());
      Tensor states = model->encode(batch.inputs, batch.sources).value();
      const TensorEntry& e = expected.entry("encoder_last_hidden_state");
      Tensor padded = expected.tensor("encoder_last_hidden_state")
                          .reshape({e.shape[0], e.shape[1], e.shape[2]});
      for (int64_t b = 0; b < e.shape[0]; ++b) {
        int64_t begin = batch.sources.begin(b), n = batch.sources.length(b);
        CHECK(gap(states.slice(0, begin, begin + n), padded.select(0, b).slice(0, 0, n)) < 2e-5);
      }
    }
  }
}

TEST_SUITE("14-training") {
  TEST_CASE("every variant: ten steps of every optimiser give the losses of PyTorch") {
    for (std::string variant : kVariants)
      for (std::string name : {"adamw", "adafactor", "adafactor_min128", "sgd"}) {
        INFO(variant, ", ", name);
        Expected expected(variant);
        JsonObject run = expected.json.object("training").object(name);
        // PyTorch's own float32 run drifts from its float64 run by float32_gap; 10 times that, and
        // at least 1e-4, is room for another order of summation.
        double tolerance = std::max(1e-4, 10 * run.number("float32_gap", 0, 1));
        double rate = run.object("settings").number("lr", 0, 1);
        auto model = load_model(directory(variant));
        Batch batch = fixture_batch(expected, model->config());
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
      Expected expected(variant);
      auto model = load_model(directory(variant));
      GenerationOptions options;
      options.max_new_tokens = expected.json.integer("max_new_tokens", 1, 1000);
      std::vector<Ids> inputs, outputs;
      for (const Json& row : expected.json.value().at("greedy")) {
        inputs.push_back(row.at("input_ids").get<Ids>());
        outputs.push_back(row.at("output_ids").get<Ids>());
        CHECK(generate(*model, {inputs.back()}, options)[0] == outputs.back());
      }
      CHECK(generate(*model, inputs, options) == outputs);
    }
  }
}
