// Optimisers: the properties that hold whatever the numbers. The numbers are
// in test_optimizer_steps.cpp, and compared with PyTorch's in tests/t5/fixtures/.
#include "autograd/fused/fused.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/shaping.h"
#include "nn/optimizers/optimizer.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

using Make = std::unique_ptr<Optimizer> (*)(Parameters&);

struct Named {
  const char* name;
  Make make;
};

const std::vector<Named> kOptimizers{
    {"sgd",
     [](Parameters& p) {
       return make_sgd(p, {0.9, 0.1});
     }},
    {"adamw", [](Parameters& p) { return make_adamw(p); }},
    {"adafactor", [](Parameters& p) { return make_adafactor(p); }},
    {"adafactor, factored",
     [](Parameters& p) { return make_adafactor(p, {.min_factored_size = 1}); }},
};

// A matrix and a vector that start the same each time.
Parameters small_store() {
  Parameters parameters(random_source(1));
  parameters.get("matrix", {4, 6}, Init::normal(1));
  parameters.get("vector", {5}, Init::normal(1));
  return parameters;
}

// Sets random gradients, the same for the same seed, times `factor`.
void set_gradients(Parameters& parameters, uint64_t seed, real factor = 1) {
  Random random(seed);
  for (Parameter& p : parameters.all())
    p.var.mutable_grad() = Tensor::normal(p.var.shape(), random, factor);
}

std::vector<Tensor> values_of(const Parameters& parameters) {
  std::vector<Tensor> values;
  for (const Parameter& p : parameters.all()) values.push_back(p.var.value().contiguous_copy());
  return values;
}

std::map<std::string, Tensor> copies(const std::map<std::string, Tensor>& state) {
  std::map<std::string, Tensor> result;
  for (const auto& [name, tensor] : state) result[name] = tensor.contiguous_copy();
  return result;
}

double root_mean_square(const Tensor& x) {
  return std::sqrt(squared_norm(x) / static_cast<double>(x.size()));
}

}  // namespace

TEST_SUITE("06-optimisers") {
  TEST_CASE("gradient norm: one length for all gradients, as if they were one long vector") {
    Parameters parameters(random_source(1));
    Var a = parameters.get("a", {2, 3}, Init::constant(1));
    Var b = parameters.get("b", {4}, Init::constant(1));
    Var unused = parameters.get("unused", {7}, Init::constant(1));
    CHECK(parameters.gradient_norm() == 0);
    a.mutable_grad() = Tensor::full({2, 3}, 2);               // 6 times 4
    b.mutable_grad() = Tensor::full({4}, real(-0.5));         // 4 times 0.25
    CHECK(parameters.gradient_norm() == doctest::Approx(5));  // sqrt(24 + 1)
    b.mutable_grad() = Tensor::full({4}, real(INFINITY));
    CHECK_FALSE(std::isfinite(parameters.gradient_norm()));
    b.mutable_grad() = Tensor::full({4}, real(NAN));
    CHECK_FALSE(std::isfinite(parameters.gradient_norm()));
  }

  TEST_CASE("gradient norm: scaled by limit / norm, the gradients have just the limit's length") {
    Parameters a = small_store(), b = small_store();
    set_gradients(a, 1, 10);
    double norm = a.gradient_norm(), scale = 1 / norm;
    CHECK(norm > 10);
    for (const Parameter& p : a.all()) {
      Tensor clipped = map([=](real g) { return static_cast<real>(scale) * g; }, p.var.grad());
      b.find(p.name)->mutable_grad() = clipped;
    }
    CHECK(b.gradient_norm() == doctest::Approx(1));
    // One factor for all: the direction is kept, step for step.
    make_sgd(a)->step(0.1, scale);
    make_sgd(b)->step(0.1);
    std::vector<Tensor> one = values_of(a), other = values_of(b);
    for (size_t i = 0; i < one.size(); ++i) CHECK(difference(one[i], other[i]) == "");
  }

  TEST_CASE("optimiser: gradient_scale equals scaling the gradients") {
    for (const Named& optimizer : kOptimizers) {
      INFO(std::string(optimizer.name));
      Parameters a = small_store(), b = small_store();
      auto first = optimizer.make(a), second = optimizer.make(b);
      for (uint64_t step = 0; step < 4; ++step) {
        set_gradients(a, step);
        // Another factor each step: AdamW does not feel one that stays.
        double scale = step % 2 == 0 ? 0.3 : 2.5;
        set_gradients(b, step, static_cast<real>(scale));
        first->step(0.05, scale);
        second->step(0.05);
      }
      std::vector<Tensor> scaled = values_of(a), expected = values_of(b);
      for (size_t i = 0; i < scaled.size(); ++i) CHECK(gap(scaled[i], expected[i]) <= kSums);
    }
  }

  TEST_CASE("optimiser: saved and restored, it goes on with the same bits") {
    for (const Named& optimizer : kOptimizers) {
      INFO(std::string(optimizer.name));
      Parameters a = small_store();
      auto first = optimizer.make(a);
      for (uint64_t step = 0; step < 3; ++step) {
        set_gradients(a, step);
        first->step(0.05);
      }
      Parameters b = small_store();
      for (Parameter& p : b.all())
        p.var.mutable_value() = a.find(p.name)->value().contiguous_copy();
      auto second = optimizer.make(b);
      second->load_state(copies(first->state()), first->step_count());
      CHECK(second->step_count() == 3);
      for (uint64_t step = 3; step < 6; ++step)
        for (auto* run : {&first, &second}) {
          set_gradients(run == &first ? a : b, step);
          (*run)->step(0.05);
        }
      std::vector<Tensor> p = values_of(a), q = values_of(b);
      for (size_t i = 0; i < p.size(); ++i) CHECK(identical(p[i], q[i]));
      auto one = first->state(), two = second->state();
      REQUIRE(one.size() == two.size());
      for (const auto& [name, tensor] : one) CHECK(identical(tensor, two.at(name)));
    }
  }

  TEST_CASE("optimiser: the state that is loaded is copied, not shared") {
    Parameters a = small_store(), b = small_store();
    auto first = make_adamw(a), second = make_adamw(b);
    second->load_state(first->state(), 0);
    set_gradients(b, 1);
    second->step(0.1);
    for (const auto& [name, tensor] : first->state()) CHECK(squared_norm(tensor) == 0);
  }

  TEST_CASE("optimiser: state names are parameter and slot") {
    Parameters parameters(random_source(1));
    parameters.get("large", {128, 130}, Init::normal(1));
    parameters.get("small", {127, 130}, Init::normal(1));
    auto state = make_adafactor(parameters)->state();
    REQUIRE(state.size() == 3);
    CHECK(state.at("large.row").shape() == Shape({128}));
    CHECK(state.at("large.column").shape() == Shape({130}));
    CHECK(state.at("small.square").shape() == Shape({127, 130}));
    CHECK(make_sgd(parameters)->state().count("large.velocity") == 1);
    CHECK(make_adamw(parameters)->state().size() == 4);
  }

  TEST_CASE("optimiser: a state of another optimiser or model is refused, and nothing is changed") {
    Parameters parameters = small_store();
    auto adamw = make_adamw(parameters);
    set_gradients(parameters, 1);
    adamw->step(0.1);
    auto before = copies(adamw->state());
    auto refused = [&](std::map<std::string, Tensor> state) {
      std::string message = error_of([&] { adamw->load_state(state, 9); });
      for (const auto& [name, tensor] : adamw->state()) CHECK(identical(tensor, before.at(name)));
      CHECK(adamw->step_count() == 1);
      return message;
    };
    CHECK(
        refused(copies(make_sgd(parameters)->state())).find("the saved state has no matrix.mean") !=
        std::string::npos);
    auto missing = copies(make_adamw(parameters)->state());
    missing.erase("vector.square");
    CHECK(refused(missing).find("no vector.square") != std::string::npos);
    auto surplus = copies(make_adamw(parameters)->state());
    surplus["other.mean"] = Tensor::zeros({1});
    CHECK(refused(surplus) == "optimizer: the saved state has 5 tensors, this one 4");
    auto misshapen = copies(make_adamw(parameters)->state());
    misshapen["vector.mean"] = Tensor::zeros({6});
    std::string message = refused(misshapen);
    CHECK(message.find("vector.mean") != std::string::npos);
    CHECK(message.find("(6)") != std::string::npos);
    CHECK(message.find("(5)") != std::string::npos);
  }

  TEST_CASE("optimiser: a parameter without a gradient stays as it is") {
    for (const Named& optimizer : kOptimizers) {
      INFO(std::string(optimizer.name));
      Parameters parameters = small_store();
      std::vector<Tensor> before = values_of(parameters);
      auto running = optimizer.make(parameters);
      set_gradients(parameters, 1);
      parameters.find("matrix")->zero_grad();
      running->step(0.1);
      std::vector<Tensor> after = values_of(parameters);
      CHECK(identical(after[0], before[0]));
      CHECK_FALSE(identical(after[1], before[1]));
    }
  }

  TEST_CASE("optimiser: each one walks down a bowl") {
    for (const Named& optimizer : kOptimizers) {
      INFO(std::string(optimizer.name));
      Parameters parameters = small_store();
      auto running = optimizer.make(parameters);
      auto loss = [&] {
        Var total(Tensor::scalar(0));
        for (const Parameter& p : parameters.all()) total = total + sum(square(p.var + real(-3)));
        return total;
      };
      real before = loss().item();
      for (int step = 0; step < 300; ++step) {
        parameters.zero_grad();
        loss().backward();
        running->step(0.02);
      }
      CHECK(loss().item() < real(0.05) * before);
    }
  }

  TEST_CASE("AdamW: weight decay is decoupled: it shrinks by lr * decay whatever the gradient") {
    Parameters parameters(random_source(1));
    Var p = parameters.get("p", {3}, Init::constant(2));
    auto adamw = make_adamw(parameters, {.weight_decay = 0.5});
    p.mutable_grad() = Tensor::zeros({3});
    adamw->step(0.1);
    CHECK(p.value().at({0}) == doctest::Approx(2 * 0.95));
    // With a gradient, the first step is lr beside the shrinking, however large the gradient.
    for (real g : {real(1e-3), real(1000)}) {
      Parameters other(random_source(1));
      Var q = other.get("q", {1}, Init::constant(2));
      q.mutable_grad() = Tensor::full({1}, g);
      make_adamw(other, {.weight_decay = 0.5})->step(0.1);
      CHECK(q.value().item() == doctest::Approx(2 * 0.95 - 0.1).epsilon(1e-4));
    }
  }

  TEST_CASE("SGD: weight decay is added to the gradient, and the velocity adds up") {
    Parameters parameters(random_source(1));
    Var p = parameters.get("p", {1}, Init::constant(2));
    auto sgd = make_sgd(parameters, {.momentum = 0.5, .weight_decay = 0.25});
    p.mutable_grad() = Tensor::full({1}, 1);
    sgd->step(0.1);  // u = 1 + 0.5, p = 2 - 0.15
    CHECK(p.value().item() == doctest::Approx(1.85));
    sgd->step(0.1);  // u = 0.75 + 1 + 0.4625, p = 1.85 - 0.22125
    CHECK(p.value().item() == doctest::Approx(1.62875));
  }

  TEST_CASE("Adafactor: steps are relative to the parameter and clipped by their own size") {
    for (double start : {5.0, 1e-6}) {
      for (double clip : {1.0, 0.5}) {
        Parameters parameters(random_source(1));
        Var p = parameters.get("p", {40, 50}, Init::constant(start));
        Tensor before = p.value().contiguous_copy();
        set_gradients(parameters, 1, 100);
        make_adafactor(parameters, {.clip_threshold = clip})->step(0.1);
        Tensor change = map([](real a, real b) { return a - b; }, p.value(), before);
        // The first step of every element is +-1 in size before clipping and scaling.
        double expected = 0.1 * std::max(start, 1e-3) * clip;
        INFO("a parameter of size ", start, " takes a step of ", expected, ", clipped at ", clip);
        CHECK(root_mean_square(change) / expected == doctest::Approx(1).epsilon(1e-3));
      }
    }
  }

  TEST_CASE("Adafactor: weight decay is decoupled and in proportion to the relative step") {
    Parameters parameters(random_source(1));
    Var p = parameters.get("p", {3}, Init::constant(2));
    p.mutable_grad() = Tensor::zeros({3});
    make_adafactor(parameters, {.weight_decay = 0.5})->step(0.1);
    CHECK(p.value().at({0}) == doctest::Approx(2 * (1 - 0.1 * 2 * 0.5)));
  }

  TEST_CASE("parameters: what is frozen is no optimiser's, and has no gradient") {
    Random random(2);
    Parameters parameters([&](const std::string& name, const Shape& shape, const Init&) {
      return Var(Tensor::normal(shape, random), name.starts_with("b"));
    });
    Var a = parameters.get("a", {3, 3}, Init::constant(0)),
        b = parameters.get("b", {3, 3}, Init::constant(0)),
        c = parameters.get("c", {3, 3}, Init::constant(0));
    auto trainable = parameters.trainable();
    REQUIRE(trainable.size() == 1);
    CHECK(trainable[0]->name == "b");
    Tensor before_a = a.value().contiguous_copy(), before_b = b.value().contiguous_copy();
    auto optimizer = make_adamw(parameters, {});
    CHECK(optimizer->state().size() == 2);  // two moments of b
    Var x(Tensor::normal({2, 3}, random));
    sum(linear(linear(linear(x, a), b), c)).backward();
    CHECK_FALSE(a.grad().defined());
    CHECK_FALSE(c.grad().defined());
    REQUIRE(b.grad().defined());
    CHECK(parameters.gradient_norm() == doctest::Approx(std::sqrt(squared_norm(b.grad()))));
    optimizer->step(0.1);
    CHECK(identical(a.value(), before_a));
    CHECK(gap(b.value(), before_b) > 0.01);
  }

  TEST_CASE("optimiser: by name, with T5's defaults; parameters of a mapped file become writable") {
    auto memory = std::make_shared<std::vector<real>>(6, real(3));
    for (const char* name : {"sgd", "adamw", "adafactor"}) {
      Parameters parameters([&](const std::string&, const Shape& shape, const Init&) {
        return Var(Tensor::borrow(shape, memory->data(), memory), true);
      });
      Var p = parameters.get("p", {6}, Init::constant(0));
      auto optimizer = make_optimizer(name, parameters);
      p.mutable_grad() = Tensor::full({6}, 1);
      optimizer->step(0.1);
      CHECK(p.value().at({0}) < 3);
      CHECK((*memory)[0] == 3);
    }
    Parameters parameters = small_store();
    CHECK(error_of([&] { make_optimizer("adam", parameters); }) ==
          "optimizer: 'adam' is not one of sgd, adamw, adafactor");
  }

  TEST_CASE("make_optimizer: a given weight decay is used, -1 keeps the optimiser's own") {
    auto share_lost = [](const char* name, double decay) {
      Parameters parameters(random_source(1));
      Var p = parameters.get("p", {1}, Init::constant(1));
      p.mutable_grad() = Tensor::zeros({1});
      make_optimizer(name, parameters, decay)->step(0.1);
      return 1 - p.value().item();
    };
    CHECK(share_lost("adamw", -1) / 0.001 == doctest::Approx(1).epsilon(1e-3));
    CHECK(share_lost("adamw", 0) == 0);
    CHECK(share_lost("sgd", -1) == 0);
    CHECK(share_lost("adafactor", -1) == 0);
    for (const char* name : {"sgd", "adamw", "adafactor"})
      CHECK(share_lost(name, 0.5) / 0.05 == doctest::Approx(1).epsilon(1e-3));
  }
}
