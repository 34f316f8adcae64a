// Adapters against PEFT (fixtures of tests/parity/make_adapter_fixtures.py), against the formulas
// written out here, and what must not happen to the base.
#include "t5/transfer/adapters.h"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>

#include "autograd/fused/fused.h"
#include "t5/files/atomic_file.h"
#include "t5/files/safetensors.h"
#include "t5/train/trainer.h"
#include "t5/transfer/adapter_part.h"
#include "t5/transfer/freezing.h"
#include "tensor/ops/quantized.h"
#include "tensor/ops/rows.h"
#include "tests/support.h"
#include "tests/t5/files/temporary_directory.h"
#include "tests/t5/fixtures/fixture_file.h"
#include "tests/t5/train/small_run.h"

using namespace t5;
using namespace t5::testing;

namespace {

const std::string kBase = "tests/fixtures/models/t5", kAdapters = "tests/fixtures/adapters/";

std::unique_ptr<Model> adapted(const std::vector<std::string>& directories,
                               Use use = Use::kTraining) {
  Adapters adapters;
  for (const std::string& directory : directories) adapters.add(directory);
  auto model = load_model(kBase, adapters.load_options(kBase, use));
  adapters.check_all_used(*model);
  return model;
}

std::unique_ptr<Model> with_new(const AdapterConfig& config) {
  Adapters adapters;
  adapters.add_new(config);
  return load_model(kBase, adapters.load_options(kBase, Use::kTraining));
}

// The two rows of the fixtures, without what pads them.
Batch fixture_batch(const Config& config) {
  return make_batch(
      std::vector<TokenPair>{{{5, 9, 2, 14, 3, 1}, {6, 11, 1}}, {{7, 1}, {4, 8, 12, 1}}}, config);
}

Tensor logits(const Model& model) { return model.forward(fixture_batch(model.config())).value(); }

// In the file, "base_model.model." + our name without the adapter's.
std::string name_in_file(std::string name, const std::string& adapter) {
  if (name == "prompt_embeddings") return name;
  size_t at = name.rfind("." + adapter);
  bool has_one = at != name.npos && !name.ends_with("norm.weight");
  if (has_one) name.erase(at, adapter.size() + 1);
  return "base_model.model." + name;
}

// Copies an adapter of the fixtures, with one text of its config replaced.
void write_changed(const TemporaryDirectory& to, const std::string& adapter,
                   const std::string& before, const std::string& after) {
  std::filesystem::copy(kAdapters + adapter, to / "", std::filesystem::copy_options::recursive);
  std::string text = read_file(to / "adapter_config.json");
  size_t at = text.find(before);
  REQUIRE(at != text.npos);
  write_file(to / "adapter_config.json", text.replace(at, before.size(), after));
}

std::string refusal(const std::string& adapter, const std::string& before,
                    const std::string& after) {
  TemporaryDirectory folder;
  write_changed(folder, adapter, before, after);
  return error_of([&] { adapted({folder / ""}); });
}

}  // namespace

TEST_SUITE("19-transfer") {
  TEST_CASE("PEFT's adapters: logits, loss and every gradient are PEFT's") {
    for (std::string kind : {"lora", "rslora", "ia3", "prompt"}) {
      INFO(kind);
      FixtureFile expected(kAdapters + kind + "/expected.safetensors");
      auto model = adapted({kAdapters + kind});
      Tensor theirs = expected.tensor("logits");  // (2, 4, V), the first row padded
      Tensor ours = logits(*model);
      CHECK(gap(ours.slice(0, 0, 3), theirs.select(0, 0).slice(0, 0, 3)) < kFixture);
      CHECK(gap(ours.slice(0, 3, 7), theirs.select(0, 1)) < kFixture);
      Var loss = model->loss(fixture_batch(model->config()));
      CHECK(std::abs(loss.item() - expected.tensor("loss").item()) < 1e-5);
      loss.backward();
      for (const Parameter* p : model->parameters().trainable()) {
        std::string name = "grad." + name_in_file(p->name, kind);
        INFO(p->name);
        Tensor grad = expected.tensor(name).slice(0, 0, p->var.dim(0));  // a prompt has more rows
        CHECK(gap(p->var.grad(), grad) < kFixture);
      }
    }
  }

  TEST_CASE("what an adapter does not train has no gradient, and no bytes in a checkpoint") {
    auto model = adapted({kAdapters + "ia3"});
    model->loss(fixture_batch(model->config())).backward();
    for (const Parameter& p : model->parameters().all()) {
      bool own = p.name.find("ia3_l") != p.name.npos;
      CHECK(p.var.requires_grad() == own);
      CHECK(p.var.grad().defined() == own);
    }
  }

  TEST_CASE("a new adapter changes no output, to the bit") {
    Tensor before = logits(*load_model(kBase));
    for (const char* type : {"LORA", "IA3", "BOTTLENECK"}) {
      INFO(type);
      CHECK(identical(logits(*with_new({.type = type})), before));
    }
  }

  TEST_CASE("LoRA: W x + s B A x, and s is alpha / r, or alpha / sqrt(r)") {
    AdapterConfig config{.r = 4, .lora_alpha = 12};
    CHECK(config.lora_scale() == doctest::Approx(3));
    config.use_rslora = true;
    CHECK(config.lora_scale() == doctest::Approx(6));
    Parameters parameters(random_source(1));
    auto lora = make_lora(config, "x", Scope(parameters, "q"), 5, 3);
    Random random(2);
    parameters.find("q.lora_B.x.weight")->mutable_value() = Tensor::normal({3, 4}, random, 1);
    Var x(Tensor::normal({7, 5}, random, 1)), y(Tensor::normal({7, 3}, random, 1));
    Tensor a = parameters.find("q.lora_A.x.weight")->value(),
           b = parameters.find("q.lora_B.x.weight")->value();
    Tensor got = lora->after(x, y, {}).value();
    for (int64_t n = 0; n < 7; ++n)
      for (int64_t o = 0; o < 3; ++o) {
        double sum = y.value().at({n, o});
        for (int64_t k = 0; k < 4; ++k)
          for (int64_t i = 0; i < 5; ++i)
            sum += 6.0 * b.at({o, k}) * a.at({k, i}) * x.value().at({n, i});
        CHECK(got.at({n, o}) == doctest::Approx(sum).epsilon(1e-4));
      }
  }

  TEST_CASE("LoRA, merged: W becomes W + s B A") {
    AdapterConfig config{.r = 2, .lora_alpha = 6};
    Parameters parameters(random_source(1));
    auto lora = make_lora(config, "x", Scope(parameters, "q"), 4, 3);
    Random random(2);
    parameters.find("q.lora_B.x.weight")->mutable_value() = Tensor::normal({3, 2}, random, 1);
    Tensor a = parameters.find("q.lora_A.x.weight")->value(),
           b = parameters.find("q.lora_B.x.weight")->value();
    Tensor before = Tensor::normal({3, 4}, random, 1), after = before.contiguous_copy();
    lora->merge(after);
    for (int64_t o = 0; o < 3; ++o)
      for (int64_t i = 0; i < 4; ++i) {
        double expected = before.at({o, i});
        for (int64_t k = 0; k < 2; ++k) expected += 3.0 * b.at({o, k}) * a.at({k, i});
        CHECK(after.at({o, i}) == doctest::Approx(expected).epsilon(1e-4));
      }
  }

  TEST_CASE("a bottleneck: y + U relu(D y), of the layer's output, not of its input") {
    Parameters parameters(random_source(1));
    auto part = make_bottleneck({.bottleneck_size = 2}, "x", Scope(parameters, "o"), 3);
    Random random(2);
    parameters.find("o.adapter_down.x.weight")->mutable_value() = Tensor::normal({2, 3}, random, 1);
    parameters.find("o.adapter_up.x.weight")->mutable_value() = Tensor::normal({3, 2}, random, 1);
    Tensor down = parameters.find("o.adapter_down.x.weight")->value(),
           up = parameters.find("o.adapter_up.x.weight")->value();
    Tensor y = Tensor::normal({4, 3}, random, 1), before = y.contiguous_copy();
    Tensor got = part->after(Var(Tensor::full({4, 3}, 9)), Var(y), {}).value();
    for (int64_t n = 0; n < 4; ++n)
      for (int64_t o = 0; o < 3; ++o) {
        double expected = before.at({n, o});
        for (int64_t k = 0; k < 2; ++k) {
          double narrow = 0;
          for (int64_t i = 0; i < 3; ++i) narrow += down.at({k, i}) * before.at({n, i});
          expected += up.at({o, k}) * std::max(narrow, 0.0);
        }
        CHECK(got.at({n, o}) == doctest::Approx(expected).epsilon(1e-4));
      }
  }

  TEST_CASE("a prompt whose rows are words' vectors is as good as these words") {
    Adapters adapters;
    adapters.add_new({.type = "PROMPT_TUNING", .num_virtual_tokens = 2});
    auto prompted = load_model(kBase, adapters.load_options(kBase, Use::kTraining));
    auto plain = load_model(kBase);
    Tensor table = plain->parameters().find("shared.weight")->value();
    prompted->parameters().find("prompt_embeddings")->mutable_value() =
        concatenate(std::vector{table.slice(0, 8, 9), table.slice(0, 3, 4)}, 0);
    Batch with_words = make_batch(
        std::vector<TokenPair>{{{8, 3, 5, 9, 1}, {6, 11, 1}}, {{8, 3, 7, 1}, {4, 8, 12, 1}}},
        plain->config());
    Batch without = make_batch(
        std::vector<TokenPair>{{{5, 9, 1}, {6, 11, 1}}, {{7, 1}, {4, 8, 12, 1}}}, plain->config());
    CHECK(gap(prompted->forward(without).value(), plain->forward(with_words).value()) < kSums);
  }

  TEST_CASE("counted is what is trained: every number of every parameter that has a gradient") {
    Parameters parameters([](const std::string& name, const Shape& shape, const Init&) {
      return Var(Tensor::full(shape, 1), name.starts_with("trained"));
    });
    parameters.get("trained.a", {2, 3}, Init::constant(1));
    parameters.get("frozen", {100}, Init::constant(1));
    parameters.get("trained.b", {5}, Init::constant(1));
    CHECK(trained_count(parameters) == 11);
  }

  TEST_CASE("LoRA drops what goes into the update, in training alone") {
    AdapterConfig config{.lora_dropout = 0.5};
    Parameters parameters(random_source(1));
    auto lora = make_lora(config, "x", Scope(parameters, "q"), 50, 3);
    parameters.find("q.lora_B.x.weight")->mutable_value() = Tensor::full({3, 8}, 1);
    Var x(Tensor::full({2, 50}, 1)), zero(Tensor::full({2, 3}, 0));
    Random random(1);
    Tensor whole = lora->after(x, zero, {}).value();
    CHECK(identical(lora->after(x, zero, {}).value(), whole));
    CHECK(!identical(lora->after(x, zero, {0, &random}).value(), whole));
  }

  TEST_CASE("merged weights give the logits of base and adapter") {
    for (std::string kind : {"lora", "rslora", "ia3"}) {
      INFO(kind);
      TemporaryDirectory folder;
      Adapters adapters;
      adapters.add(kAdapters + kind);
      merge_adapters(kBase, adapters, folder / "merged");
      CHECK(gap(logits(*load_model(folder / "merged")), logits(*adapted({kAdapters + kind}))) <
            1e-5);
    }
  }

  TEST_CASE("targets are ends of names at a dot, a pattern of whole names, or all linear layers") {
    AdapterConfig config{.target_modules = {"q", "SelfAttention.v"}};
    std::string block = "encoder.block.0.layer.0.";
    CHECK(config.adapts(block + "SelfAttention.q"));
    CHECK(config.adapts(block + "SelfAttention.v"));
    CHECK(!config.adapts(block + "EncDecAttention.v"));
    CHECK(!config.adapts(block + "SelfAttention.qq"));
    config = {.target_modules = {"encoder\\..*\\.q"}, .targets_are_pattern = true};
    CHECK(config.adapts(block + "SelfAttention.q"));
    CHECK(!config.adapts("x." + block + "SelfAttention.q"));
    CHECK(!config.adapts("decoder.block.0.layer.0.SelfAttention.q"));
    config = {.target_modules = {"all-linear"}};
    CHECK(config.adapts("decoder.block.1.layer.2.DenseReluDense.wo"));
    CHECK(!config.adapts("lm_head"));
  }

  TEST_CASE("frozen is what a pattern matches whole") {
    auto trains = all_but({"encoder.*", "shared\\.weight"});
    CHECK(!trains("encoder.block.0.layer.0.SelfAttention.q.weight"));
    CHECK(!trains("shared.weight"));
    CHECK(trains("decoder.block.0.layer.0.SelfAttention.q.weight"));
    CHECK(trains("my_encoder.weight"));
    LoadOptions options{.trains = trains};
    auto model = load_model(kBase, options);
    int64_t encoder = 0;
    for (const Parameter& p : model->parameters().all())
      encoder +=
          p.name.starts_with("encoder") || p.name == "shared.weight" ? p.var.shape().size() : 0;
    CHECK(trained_count(model->parameters()) == model->parameters().element_count() - encoder);
  }

  TEST_CASE("several adapters stand one after another, and the last is trained") {
    auto model = adapted({kAdapters + "lora", kAdapters + "ia3"});
    for (const Parameter* p : model->parameters().trainable())
      CHECK(p->name.find("ia3_l.ia3") != p->name.npos);
    CHECK(!identical(logits(*model), logits(*adapted({kAdapters + "ia3"}))));
    CHECK(!identical(logits(*model), logits(*adapted({kAdapters + "lora"}))));
  }
}

TEST_SUITE("transfer") {
  TEST_CASE("a run with an adapter writes it alone; the base keeps its bytes, the run its best") {
    TemporaryDirectory folder;
    std::string base = folder / "base", before;
    save_model(*small_model(), base);
    before = read_file(base + "/model.safetensors");
    auto train_for = [&](const std::string& output, int64_t steps, bool resume) {
      auto adapters = std::make_shared<Adapters>();
      adapters->add_new({.r = 4, .lora_dropout = 0.1});
      auto model = load_model(base, adapters->load_options(base, Use::kTraining, 7));
      TrainOptions options{.max_steps = steps, .optim = "adamw", .learning_rate = 0.01};
      options.output_dir = folder / output;
      options.eval_steps = 4;
      options.save_steps = 4;
      options.resume = resume;
      options.form = adapters;
      train(*model, reversals(40, 1), reversals(8, 2), options);
      return model;
    };
    auto model = train_for("whole", 8, false);
    CHECK(read_file(base + "/model.safetensors") == before);
    CHECK(!std::filesystem::exists(folder / "whole/model.safetensors"));
    CHECK(!std::filesystem::exists(folder / "whole/config.json"));
    Adapters read;
    read.add(folder / "whole");
    auto again = load_model(base, read.load_options(base, Use::kPrediction));
    for (const Parameter* p : model->parameters().trainable()) {
      std::string name = p->name;
      size_t at = name.find(".default");
      Var* theirs = again->parameters().find(name.replace(at, 8, ".whole"));
      REQUIRE_MESSAGE(theirs != nullptr, name);
      CHECK(identical(theirs->value(), p->var.value()));
    }
    train_for("cut", 4, false);
    train_for("cut", 8, true);
    CHECK(read_file(folder / "cut/adapter_model.safetensors") ==
          read_file(folder / "whole/adapter_model.safetensors"));
  }

  TEST_CASE("the head's loss in chunks is the same through a table in fewer bits") {
    Random random(3);
    auto rows = std::make_shared<Int8Rows>(Shape{50, 6});
    Tensor values = Tensor::normal({50, 6}, random, 1);
    for (int64_t o = 0; o < 50; ++o) rows->round(o, values.data() + o * 6);
    auto matrix = std::make_shared<QuantizedMatrix>(rows);
    Ids labels = {1, 49, 7, 7, 0};
    Tensor states = Tensor::normal({5, 6}, random, 1);
    Var x(states, true), y(states, true);
    Var chunked = linear_cross_entropy(x, Var(matrix), labels, {}, 2);
    Var whole = linear_cross_entropy(y, Var(matrix->all_rows()), labels, {}, 5);
    CHECK(chunked.item() == doctest::Approx(whole.item()));
    chunked.backward();
    whole.backward();
    CHECK(gap(x.grad(), y.grad()) < kSums);
  }

  TEST_CASE("blocks that are computed again give the adapter the same gradients") {
    auto plain = adapted({kAdapters + "lora"}), again = adapted({kAdapters + "lora"});
    again->recompute_blocks(true);
    for (Model* model : {plain.get(), again.get()})
      model->loss(fixture_batch(model->config())).backward();
    for (const Parameter* p : plain->parameters().trainable()) {
      INFO(p->name);
      const Var* other = again->parameters().find(p->name);
      REQUIRE(other->grad().defined());
      CHECK(gap(other->grad(), p->var.grad()) < kSums);
    }
  }

  TEST_CASE("an adapter is trained on a base in bfloat16 and int8, which stays as it is") {
    TemporaryDirectory folder;
    for (auto [name, dtype] : {std::pair{"bfloat16", DType::BF16}, std::pair{"int8", DType::I8}}) {
      INFO(name);
      convert_model(kBase, folder / name, {.dtype = dtype});
      Adapters adapters;
      adapters.add(kAdapters + "ia3");
      auto model = load_model(folder / name, adapters.load_options(folder / name, Use::kTraining));
      int64_t quantized = 0;
      for (const Parameter& p : model->parameters().all())
        quantized += p.var.quantized() != nullptr;
      CHECK(quantized > 20);
      Batch batch = fixture_batch(model->config());
      double before = model->loss(batch).item();
      Var loss = model->loss(batch);
      loss.backward();
      for (Parameter* p : model->parameters().trainable()) {
        REQUIRE(p->var.grad().defined());
        p->var.mutable_value() =
            map([](real w, real g) { return w - real(0.1) * g; }, p->var.value(), p->var.grad());
      }
      CHECK(model->loss(batch).item() < before);
    }
  }

  TEST_CASE("adapters that are not known, not whole or of another base are refused in one line") {
    CHECK(refusal("lora", "\"LORA\"", "\"LOHA\"")
              .find("peft_type: LOHA is not known here; known are "
                    "LORA, IA3, PROMPT_TUNING, BOTTLENECK") != std::string::npos);
    CHECK(refusal("lora", "\"use_dora\": false", "\"use_dora\": true").find("use_dora is true") !=
          std::string::npos);
    CHECK(refusal("lora", "\"r\": 3", "\"r\": 0").find("r: expected an integer from 1") !=
          std::string::npos);
    CHECK(refusal("lora", "\"r\": 3", "\"r\": 5").find("it was made for another model") !=
          std::string::npos);
    CHECK(refusal("rslora", "(k|wo)", "(k").find("is not a regular expression") !=
          std::string::npos);
    CHECK(refusal("ia3", "\"wo\"", "\"wz\"").size() > 0);
    TemporaryDirectory empty;
    CHECK(error_of([&] { adapted({empty / ""}); }).find("holds no adapter_config.json") !=
          std::string::npos);
    CHECK(error_of([&] {
            adapted({kAdapters + "lora", kAdapters + "lora"});
          }).find("two are called lora") != std::string::npos);
    Adapters prompt;
    prompt.add(kAdapters + "prompt");
    CHECK(error_of([&] { merge_adapters(kBase, prompt, empty / "merged"); }) ==
          "adapter: a prompt cannot be merged into weights");
    CHECK(!std::filesystem::exists(empty / "merged"));
  }

  TEST_CASE("a target that no layer has is named, with those that there are") {
    Adapters adapters;
    adapters.add_new({.target_modules = {"q", "query"}});
    auto model = load_model(kBase, adapters.load_options(kBase, Use::kTraining));
    CHECK(error_of([&] { adapters.check_all_used(*model); }) ==
          "adapter: no linear layer is called query; there are k, o, q, v, wi, wo");
  }

  TEST_CASE("a pattern that matches nothing, and one that leaves nothing to train, are refused") {
    auto model = load_model(kBase, {.trains = all_but({".*"})});
    CHECK(error_of([&] { check_patterns({"encoder"}, model->parameters()); })
              .starts_with("freeze: no parameter's whole name matches 'encoder'; they begin with "
                           "decoder, encoder, shared"));
    CHECK(error_of([&] { check_patterns({".*"}, model->parameters()); }) ==
          "freeze: nothing is left to train");
    CHECK(error_of([&] { all_but({"("}); }) == "freeze: '(' is not a regular expression");
  }
}
