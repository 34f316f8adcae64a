// The judge on the tape: grad_check finds wrong backwards of every kind, and passes right ones.
// What it shares with hand-written gradients is tested in test_differences.cpp.
#include "autograd/tools/grad_check.h"

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/shaping.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

using Inputs = const std::vector<Var>&;

std::string verdict(const Function& f, const std::vector<Shape>& shapes) {
  Random random(17);
  std::vector<Tensor> inputs;
  for (const Shape& shape : shapes) inputs.push_back(Tensor::uniform(shape, random, -2, 2));
  return grad_check(f, inputs, random);
}

// y = x^2 with the gradient `wrong(dy, x)` in place of 2 x dy
template <class Wrong>
Function square_with(const Wrong& wrong) {
  return [wrong](Inputs inputs) {
    const Var& x = inputs[0];
    Tensor y = map([](real v) { return v * v; }, x.value());
    return make_op("square", y, {x},
                   [x, wrong](const Tensor& dy) { x.add_grad(wrong(dy, x.value())); });
  };
}

}  // namespace

TEST_SUITE("04-autograd") {
  TEST_CASE("grad_check: a right gradient passes") {
    CHECK(verdict([](Inputs x) { return square(x[0]); }, {{2, 3}}) == "");
    CHECK(verdict([](Inputs x) { return matmul(x[0], x[1]); }, {{2, 3}, {3, 2}}) == "");
    CHECK(verdict(square_with([](const Tensor& dy, const Tensor& x) {
                    return map([](real g, real v) { return 2 * v * g; }, dy, x);
                  }),
                  {{2, 3}}) == "");
  }

  TEST_CASE("grad_check: a missing factor and a wrong sign are found") {
    for (real factor : {real(1), real(-2), real(2.1), real(0)}) {
      INFO("factor ", factor);
      CHECK(verdict(square_with([factor](const Tensor& dy, const Tensor& x) {
                      return map([factor](real g, real v) { return factor * v * g; }, dy, x);
                    }),
                    {{2, 3}}) != "");
    }
  }

  TEST_CASE("grad_check: a gradient that is wrong in one element alone is found and named") {
    std::string line = verdict(square_with([](const Tensor& dy, const Tensor& x) {
                                 Tensor dx = map([](real g, real v) { return 2 * v * g; }, dy, x);
                                 dx.mutable_data()[4] += 1;
                                 return dx;
                               }),
                               {{2, 3}});
    CHECK(line.find("input 0, element 4 of (2, 3)") == 0);
  }

  TEST_CASE("grad_check: a broadcast operand that is not summed down is found") {
    Function wrong = [](Inputs inputs) {
      const Var &a = inputs[0], &b = inputs[1];
      Tensor y = map([](real p, real q) { return p + q; }, a.value(), b.value());
      return make_op("add", y, {a, b}, [a, b](const Tensor& dy) {
        a.add_grad(dy);
        b.add_grad(dy.select(0, 0));  // the first row in place of the sum of all rows
      });
    };
    CHECK(verdict(wrong, {{2, 3}, {3}}).find("input 1") == 0);
  }

  TEST_CASE("grad_check: a second use that overwrites the first share is found") {
    Function wrong = [](Inputs inputs) {
      Var x = inputs[0];
      Tensor y = map([](real v) { return 3 * v; }, x.value());
      Var triple = make_op("triple", y, {x}, [x](const Tensor& dy) mutable {
        x.zero_grad();
        x.add_grad([](real g) { return 3 * g; }, dy);
      });
      return triple + square(x);  // newer ops go first: the square's share is lost
    };
    CHECK(verdict(wrong, {{2, 3}}) != "");
  }

  TEST_CASE("grad_check: an input that receives no gradient is named") {
    Function wrong = [](Inputs x) { return x[0] * x[1].detach(); };
    CHECK(verdict(wrong, {{2}, {2}}) == "input 1 received no gradient");
  }

  TEST_CASE("grad_check: NaN is never right") {
    CHECK(verdict(square_with([](const Tensor& dy, const Tensor&) {
                    return Tensor::full(dy.shape(), real(NAN));
                  }),
                  {{2}}) != "");
  }

  TEST_CASE("grad_check: the inputs come back unchanged") {
    Random random(1);
    Tensor x = Tensor::normal({4}, random), before = x.contiguous_copy();
    CHECK(grad_check([](Inputs v) { return tanh(v[0]); }, {x}, random) == "");
    CHECK(identical(x, before));
  }
}
