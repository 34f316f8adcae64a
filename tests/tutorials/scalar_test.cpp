// The scalar tape of chapter 03: slopes, order, the reverse sweep.
#include "tutorials/03-gradients/scalar.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>

using namespace t5;

namespace {

struct Operation {
  const char* name;
  Scalar (*run)(const Scalar& a, const Scalar& b);  // the functions of one number ignore b
};
const Operation kOperations[] = {
    {"a + b", [](const Scalar& a, const Scalar& b) { return a + b; }},
    {"a - b", [](const Scalar& a, const Scalar& b) { return a - b; }},
    {"a * b", [](const Scalar& a, const Scalar& b) { return a * b; }},
    {"a / b", [](const Scalar& a, const Scalar& b) { return a / b; }},
    {"exp(a)", [](const Scalar& a, const Scalar&) { return exp(a); }},
    {"log(a)", [](const Scalar& a, const Scalar&) { return log(a); }},
    {"tanh(a)", [](const Scalar& a, const Scalar&) { return tanh(a); }},
};

// Whether every node of `order` comes after its inputs.
bool inputs_come_first(const std::vector<ScalarNode*>& order) {
  for (size_t i = 0; i < order.size(); ++i)
    for (const auto& input : order[i]->inputs)
      if (std::find(order.begin(), order.begin() + static_cast<long>(i), input.get()) ==
          order.begin() + static_cast<long>(i))
        return false;
  return true;
}

}  // namespace

TEST_SUITE("03-gradients") {
  TEST_CASE("slopes: of each operation they are what differences of its values show") {
    const double h = 1e-6;
    for (const Operation& op : kOperations)
      for (auto [a, b] : {std::pair{1.5, -0.75}, {0.3, 2.0}}) {
        INFO(op.name, " at a = ", a, ", b = ", b);
        Scalar y = op.run(a, b);
        std::array<double, 2> slope = slopes(*y.node());
        double by_a = (op.run(a + h, b).value() - op.run(a - h, b).value()) / (2 * h);
        double by_b = (op.run(a, b + h).value() - op.run(a, b - h).value()) / (2 * h);
        CHECK(slope[0] == doctest::Approx(by_a).epsilon(1e-7));
        CHECK(slope[1] == doctest::Approx(by_b).epsilon(1e-7));
      }
  }

  TEST_CASE("slopes: a leaf has none") {
    CHECK(slopes(*Scalar(3).node()) == std::array<double, 2>{0, 0});
  }

  TEST_CASE("inputs_first: each node once, after all that it was made from") {
    Scalar x = 2, y = 3, p = x * y, q = p + x, r = q * p;
    std::vector<ScalarNode*> order = inputs_first(r.node());
    CHECK(order.size() == 5);
    CHECK(order.back() == r.node());
    CHECK(inputs_come_first(order));
    for (const Scalar& s : {x, y, p, q, r})
      CHECK(std::count(order.begin(), order.end(), s.node()) == 1);
  }

  TEST_CASE("inputs_first: a leaf alone, and nothing that the result does not need") {
    Scalar x = 2, unused = x * x;
    CHECK(inputs_first(x.node()) == std::vector<ScalarNode*>{x.node()});
    CHECK(unused.value() == 4);
  }

  TEST_CASE("inputs_first: a value used early and late comes before both uses") {
    // The first input of the last node is the oldest one: a walk that lists a node when it first
    // meets it, and not when its inputs are done, puts `late` on the wrong side of `middle`.
    Scalar x = 2, middle = exp(x), late = middle * x, result = middle + late;
    CHECK(inputs_come_first(inputs_first(result.node())));
    Scalar other = late + middle;
    CHECK(inputs_come_first(inputs_first(other.node())));
  }

  TEST_CASE("inputs_first: shared nodes are walked once, not once for every path") {
    Scalar y = 1;
    for (int i = 0; i < 18; ++i) y = y + y;  // 2^18 paths from the result to the leaf, 19 nodes
    REQUIRE(inputs_first(y.node()).size() == 19);
    for (int i = 18; i < 28; ++i) y = y + y;
    auto start = std::chrono::steady_clock::now();
    CHECK(inputs_first(y.node()).size() == 29);
    auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    INFO(seconds, " s for 29 nodes: are the inputs of a node visited each time that it is met?");
    CHECK(seconds < 0.5);
  }

  TEST_CASE("backward: a product passes to each factor the other one") {
    Scalar a = 3, b = -5, y = a * b;
    y.backward();
    CHECK(a.grad() == -5);
    CHECK(b.grad() == 3);
    CHECK(y.grad() == 1);
  }

  TEST_CASE("backward: slopes multiply along a path") {
    Scalar x = 0.5, y = exp(tanh(x * 3));
    y.backward();
    double t = std::tanh(1.5);
    CHECK(x.grad() == doctest::Approx(std::exp(t) * (1 - t * t) * 3));
  }

  TEST_CASE("backward: gradients add up over paths") {
    Scalar x = 3, y = x * x * x + x;
    y.backward();
    INFO(
        "d(x^3 + x)/dx = 3 x^2 + 1 = 28 at 3; 1 or 9 means that the last path overwrote the "
        "others");
    CHECK(x.grad() == 28);
  }

  TEST_CASE("backward: a node runs when all of its users have run") {
    Scalar x = 2, middle = x * x;       // 4
    Scalar late = middle * x + middle;  // x^3 + x^2
    Scalar y = middle + late * middle;  // x^2 + x^5 + x^4
    y.backward();
    INFO("116 is right; less means that `middle` passed its gradient on before it was complete");
    CHECK(x.grad() == 2 * 2 + 5 * 16 + 4 * 8);
    CHECK(middle.grad() == 1 + 2 * 4 * 2 + 2 * 4);  // y = m + m^2 x + m^2
  }

  TEST_CASE("backward: a second call gives the same, not twice as much") {
    Scalar x = 3, y = x * x;
    y.backward();
    y.backward();
    CHECK(x.grad() == 6);
    Scalar z = y * x;  // another result on the same nodes
    z.backward();
    CHECK(x.grad() == 27);
    CHECK(y.grad() == 3);
  }

  TEST_CASE("backward: forward mode and differences give the same derivatives") {
    auto f = [](const Scalar& a, const Scalar& b) {
      return log(exp(a * b) + 2) / (1.5 - tanh(b)) - a / b;
    };
    const double a0 = 0.8, b0 = -1.3, h = 1e-5;
    Scalar a = a0, b = b0, y = f(a, b);
    y.backward();
    double by_a = (f(a0 + h, b0).value() - f(a0 - h, b0).value()) / (2 * h);
    double by_b = (f(a0, b0 + h).value() - f(a0, b0 - h).value()) / (2 * h);
    CHECK(a.grad() == doctest::Approx(by_a).epsilon(1e-8));
    CHECK(b.grad() == doctest::Approx(by_b).epsilon(1e-8));
    CHECK(tangent(y, a) == doctest::Approx(a.grad()).epsilon(1e-12));
    CHECK(tangent(y, b) == doctest::Approx(b.grad()).epsilon(1e-12));
  }
}
