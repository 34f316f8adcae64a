// The parameter store, scopes, initialisation, and the layers built from them.
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/shaping.h"
#include "nn/layers/attention.h"
#include "nn/layers/basic.h"
#include "nn/parameters.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

// Whether the values have this standard deviation, up to four times what chance does.
bool has_deviation(const Var& parameter, double expected) {
  auto n = static_cast<double>(parameter.value().size());
  double found = std::sqrt(squared_norm(parameter.value()) / n);
  return std::abs(found / expected - 1) < 4 / std::sqrt(2 * n);
}

}  // namespace

TEST_SUITE("05-layers") {
  TEST_CASE("parameters: a name asked for twice is one parameter") {
    Parameters parameters(random_source(1));
    Scope scope(parameters);
    Linear a(scope / "block" / 0 / "wi", 3, 2, 1), b(scope / "block" / 0 / "wi", 3, 2, 5);
    CHECK(a.weight.node() == b.weight.node());
    REQUIRE(parameters.all().size() == 1);
    CHECK(parameters.all()[0].name == "block.0.wi.weight");
    CHECK(parameters.find("block.0.wi.weight")->node() == a.weight.node());
    CHECK(parameters.find("block.0.wi") == nullptr);
    CHECK(a.weight.requires_grad());
  }

  TEST_CASE("parameters: a clash of shapes names the parameter and both shapes") {
    Parameters parameters(random_source(1));
    parameters.get("wi.weight", {2, 3}, Init::normal(1));
    CHECK(error_of([&] {
            parameters.get("wi.weight", {3, 2}, Init::normal(1));
          }) == "parameter wi.weight: asked for as (3, 2), but it is (2, 3)");
  }

  TEST_CASE("parameters: a source that refuses leaves the store as it was") {
    bool broken = true;
    Parameters parameters([&](const std::string& name, const Shape& shape, const Init&) {
      check(!broken, "file: no {}", name);
      return Var(Tensor::zeros(shape), true);
    });
    CHECK(error_of([&] { parameters.get("a", {2}, Init::constant(0)); }) == "file: no a");
    CHECK(parameters.find("a") == nullptr);
    CHECK(parameters.all().empty());
    broken = false;
    CHECK(parameters.get("b", {3}, Init::constant(0)).shape() == Shape({3}));
    CHECK(parameters.get("a", {2}, Init::constant(0)).shape() == Shape({2}));
    REQUIRE(parameters.find("b") != nullptr);
    CHECK(parameters.find("b")->shape() == Shape({3}));
  }

  TEST_CASE("parameters: a source that gives another shape is found out") {
    Parameters parameters([](const std::string&, const Shape&, const Init&) {
      return Var(Tensor::zeros({2, 3}), true);
    });
    std::string message = error_of([&] { parameters.get("wi.weight", {3, 2}, Init::constant(0)); });
    CHECK(message.find("wi.weight") != std::string::npos);
    CHECK(message.find("(3, 2)") != std::string::npos);
    CHECK(message.find("(2, 3)") != std::string::npos);
  }

  TEST_CASE("parameters: order of creation, element count, zero_grad") {
    Parameters parameters(random_source(1));
    Var b = parameters.get("b", {2, 3}, Init::constant(1));
    Var a = parameters.get("a", {4}, Init::constant(2));
    CHECK(parameters.all()[0].name == "b");
    CHECK(parameters.all()[1].name == "a");
    REQUIRE(parameters.find("a") != nullptr);
    CHECK(parameters.find("a")->node() == a.node());
    CHECK(parameters.find("b")->node() == b.node());
    CHECK(parameters.element_count() == 10);
    b.backward(Tensor::full({2, 3}, 2));
    a.backward(Tensor::full({4}, real(0.5)));
    CHECK(a.grad().defined());
    parameters.zero_grad();
    CHECK_FALSE(a.grad().defined());
    CHECK_FALSE(b.grad().defined());
  }

  TEST_CASE("initialisation: a seed gives the same values, another seed others") {
    auto values = [](uint64_t seed) {
      Parameters parameters(random_source(seed));
      return parameters.get("w", {5, 5}, Init::normal(1)).value();
    };
    CHECK(identical(values(3), values(3)));
    CHECK_FALSE(identical(values(3), values(4)));
  }

  TEST_CASE("initialisation: a parameter's values do not depend on the others") {
    Parameters one(random_source(3)), two(random_source(3));
    Var alone = one.get("w", {5, 5}, Init::normal(1));
    Var other = two.get("v", {5, 5}, Init::normal(1)),
        after = two.get("w", {5, 5}, Init::normal(1));
    CHECK(identical(alone.value(), after.value()));
    CHECK_FALSE(identical(other.value(), after.value()));
  }

  TEST_CASE("initialisation: normal draws have mean 0 and the deviation asked for") {
    Parameters parameters(random_source(5));
    for (double deviation : {0.01, 1.0, 30.0}) {
      INFO("deviation ", deviation);
      Var w = parameters.get(fmt::format("w{}", deviation), {200, 300}, Init::normal(deviation));
      CHECK(std::abs(mean(w).item()) < 4 * deviation / std::sqrt(200.0 * 300));
      CHECK(has_deviation(w, deviation));
    }
    Var ones = parameters.get("ones", {4}, Init::constant(1));
    CHECK(difference(ones.value(), Tensor::full({4}, 1), 0) == "");
  }

  TEST_CASE("initialisation: variance 1 / fan-in keeps the size of what passes through") {
    Parameters parameters(random_source(6));
    Scope scope(parameters);
    Var x(random_tensor({200, 256}, 7));
    for (int64_t layer = 0; layer < 10; ++layer)
      x = Linear(scope / "layer" / layer, 256, 256, 1 / std::sqrt(256.0))(x);
    CHECK(mean(square(x)).item() == doctest::Approx(1).epsilon(0.25));
    CHECK(parameters.all()[9].name == "layer.9.weight");
  }

  TEST_CASE("layers: two linear layers and a relu learn what one line cannot separate") {
    Parameters parameters(random_source(8));
    Scope scope(parameters);
    Linear wi(scope / "wi", 3, 16, 1 / std::sqrt(3.0)), wo(scope / "wo", 16, 2, 0.25);
    // Exclusive or: the label says whether the signs differ. The third input stands in for a bias.
    Var x(Tensor::from({4, 3}, {-1, -1, 1, -1, 1, 1, 1, -1, 1, 1, 1, 1}));
    real loss = 0;
    for (int step = 0; step < 300; ++step) {
      Var objective = cross_entropy(wo(relu(wi(x))), {0, 1, 1, 0});
      objective.backward();
      for (Parameter& p : parameters.all()) {
        INFO("gradient of ", p.name);
        REQUIRE(p.var.grad().defined());
        update([](real w, real g) { return w - real(0.5) * g; }, p.var.mutable_value(),
               p.var.grad());
      }
      parameters.zero_grad();
      loss = objective.item();
    }
    CHECK(loss < 0.02);  // log 2 = 0.69 when nothing is learnt
  }

  TEST_CASE("parameters: a source of another store's shares its memory, not its gradients") {
    Parameters parameters(random_source(3));
    Var w = parameters.get("w", {2, 2}, Init::normal(1));
    Parameters copy(shared_source(parameters));
    Var v = copy.get("w", {2, 2}, Init::constant(0));
    CHECK(v.value().data() == w.value().data());
    sum(v).backward();
    CHECK(v.grad().defined());
    CHECK_FALSE(w.grad().defined());
  }

  TEST_CASE("parameters: those in a mapped file can be made writable") {
    auto memory = std::make_shared<std::vector<real>>(6, real(3));
    Parameters parameters([&](const std::string&, const Shape& shape, const Init&) {
      return Var(Tensor::borrow(shape, memory->data(), memory), true);
    });
    Var w = parameters.get("w", {2, 3}, Init::constant(0));
    CHECK_THROWS_AS(w.mutable_value().mutable_data(), Error);
    parameters.make_writable();
    w.mutable_value().mutable_data()[0] = 7;
    CHECK(parameters.find("w")->value().at({0, 0}) == 7);
    CHECK((*memory)[0] == 3);
  }
}

TEST_SUITE("11-encoder") {
  TEST_CASE("initialisation: standard deviations are those of T5, for every layer") {
    Parameters parameters(random_source(5));
    Scope scope(parameters);
    const int64_t width = 96, heads = 4, head_width = 40, features = 200;
    MultiHeadAttention attention(scope / "attention", width, heads, head_width, 2);
    CHECK(has_deviation(attention.q.weight, 2 / std::sqrt(96.0 * 40)));
    CHECK(has_deviation(attention.k.weight, 2 / std::sqrt(96.0)));
    CHECK(has_deviation(attention.v.weight, 2 / std::sqrt(96.0)));
    CHECK(has_deviation(attention.o.weight, 2 / std::sqrt(4.0 * 40)));
    FeedForward gated(scope / "gated", width, features, Activation::kGelu, true, 2);
    CHECK(has_deviation(gated.wi.weight, 2 / std::sqrt(96.0)));
    CHECK(has_deviation(gated.wi_1->weight, 2 / std::sqrt(96.0)));
    CHECK(has_deviation(gated.wo.weight, 2 / std::sqrt(200.0)));
    Embedding embedding(scope / "shared", 300, width, 1.5);
    CHECK(has_deviation(embedding.weight, 1.5));
    RmsNorm norm(scope / "norm", width, 1e-6, 0.5);
    CHECK(identical(norm.weight.value(), Tensor::full({width}, real(0.5))));
  }

  TEST_CASE("layers: names and shapes are those of a T5 checkpoint") {
    Parameters parameters(random_source(6));
    Scope scope = Scope(parameters) / "encoder" / "block" / 0 / "layer";
    MultiHeadAttention attention(scope / 0 / "SelfAttention", 6, 2, 5, 1);
    RelativePositionBias bias(scope / 0 / "SelfAttention" / "relative_attention_bias", 2, 8, 20,
                              true, 1);
    FeedForward gated(scope / 1 / "DenseReluDense", 6, 7, Activation::kGelu, true, 1);
    FeedForward plain(scope / 2 / "DenseReluDense", 6, 7, Activation::kRelu, false, 1);
    std::vector<std::pair<std::string, Shape>> expected{
        {"0.SelfAttention.q.weight", {10, 6}},
        {"0.SelfAttention.k.weight", {10, 6}},
        {"0.SelfAttention.v.weight", {10, 6}},
        {"0.SelfAttention.o.weight", {6, 10}},
        {"0.SelfAttention.relative_attention_bias.weight", {8, 2}},
        {"1.DenseReluDense.wi_0.weight", {7, 6}},
        {"1.DenseReluDense.wi_1.weight", {7, 6}},
        {"1.DenseReluDense.wo.weight", {6, 7}},
        {"2.DenseReluDense.wi.weight", {7, 6}},
        {"2.DenseReluDense.wo.weight", {6, 7}}};
    CHECK(parameters.all().size() == expected.size());
    for (const auto& [name, shape] : expected) {
      INFO(name);
      const Var* found = parameters.find("encoder.block.0.layer." + name);
      REQUIRE(found != nullptr);
      CHECK(found->shape() == shape);
    }
  }

  TEST_CASE("feed-forward: wo(f(wi x)), gated wo(f(wi_0 x) * wi_1 x)") {
    Parameters parameters(random_source(7));
    Scope scope(parameters);
    FeedForward plain(scope / "plain", 4, 6, Activation::kRelu, false, 1);
    FeedForward gated(scope / "gated", 4, 6, Activation::kGelu, true, 1);
    Var x(random_tensor({3, 4}, 8));
    CHECK(identical(plain(x, {}).value(),
                    plain.wo(activate(Activation::kRelu, plain.wi(x), {})).value()));
    CHECK(identical(
        gated(x, {}).value(),
        gated.wo(activate_gated(Activation::kGelu, gated.wi(x), (*gated.wi_1)(x), {})).value()));
  }
}

TEST_SUITE("08-embeddings") {
  TEST_CASE("embedding: looks up rows, and its gradient adds into the rows that were read") {
    Parameters parameters(random_source(9));
    Embedding embedding(Scope(parameters) / "shared", 5, 2, 1);
    Var y = embedding({3, 0, 3});
    CHECK(identical(y.value().select(0, 2), embedding.weight.value().select(0, 3)));
    y.backward(Tensor::full({3, 2}, 1));
    CHECK(embedding.weight.grad().to_vector() == std::vector<real>{1, 1, 0, 0, 0, 0, 2, 2, 0, 0});
    CHECK_THROWS_AS(embedding({5}), Error);
  }
}
