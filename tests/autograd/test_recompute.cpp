// Recomputation: the same values and gradients, less memory.
#include "autograd/recompute.h"

#include "autograd/fused/fused.h"
#include "autograd/ops/arithmetic.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

Var leaf(const Shape& shape, uint64_t seed) { return Var(random_tensor(shape, seed), true); }

// A parameter that the part captures, and inputs, one of them in use outside of the part too.
struct Network {
  Var weight = leaf({4, 4}, 1), x = leaf({5, 4}, 2), memory = leaf({5, 4}, 3);
  Random random{11};

  Var part(const std::vector<Var>& in, const Dropout& drop) const {
    Var y = dropout(tanh(linear(in[0], weight)), drop) + in[1];
    return add_residual(y, linear(y, weight), drop);
  }

  Var run(bool again) {
    Dropout drop{real(0.5), &random};
    GraphPart f = [this](const std::vector<Var>& in, const Dropout& d) { return part(in, d); };
    Var y = dropout(x, drop), z = exp(memory);  // made by ops, outside
    for (int i = 0; i < 3; ++i) y = again ? recompute(f, {y, z}, drop) : part({y, z}, drop);
    return dropout(linear(y * z, weight), drop);
  }
};

}  // namespace

TEST_SUITE("21-performance") {
  TEST_CASE("recompute: value, every gradient and the generator are those of the part itself") {
    Network plain, again;
    Tensor dy = random_tensor({5, 4}, 4);
    Var expected = plain.run(false), got = again.run(true);
    CHECK(identical(got.value(), expected.value()));
    CHECK(again.random.position() == plain.random.position());
    expected.backward(dy);
    got.backward(dy);
    INFO("did the second run drop the same elements, and did the inputs get their gradients?");
    CHECK(difference(again.x.grad(), plain.x.grad(), kSums) == "");
    CHECK(difference(again.memory.grad(), plain.memory.grad(), kSums) == "");
    CHECK(difference(again.weight.grad(), plain.weight.grad(), kSums) == "");
    CHECK(again.random.position() == plain.random.position());
  }

  TEST_CASE("recompute: nothing but the inputs is kept until the backward pass") {
    auto live_after = [](bool again) {
      Var x = leaf({100, 100}, 1);
      auto chain = [](const std::vector<Var>& in, const Dropout&) {
        Var y = in[0];
        for (int i = 0; i < 10; ++i) y = tanh(y);
        return y;
      };
      int64_t before = memory_statistics().live_bytes;
      Var y = again ? recompute(chain, {x}, {}) : chain({x}, {});
      return (memory_statistics().live_bytes - before) / (100 * 100 * int64_t{sizeof(real)});
    };
    CHECK(live_after(false) >= 10);
    CHECK(live_after(true) == 1);  // y
  }

  TEST_CASE("recompute: undefined inputs are handed on, those without a gradient get none") {
    Var x = leaf({3, 2}, 1), constant(random_tensor({3, 2}, 2));
    auto part = [](const std::vector<Var>& in, const Dropout&) {
      CHECK_FALSE(in[2].defined());
      return in[0] * in[1];
    };
    recompute(part, {x, constant, Var()}, {}).backward(random_tensor({3, 2}, 3));
    CHECK(x.grad().defined());
    CHECK_FALSE(constant.grad().defined());
  }

  TEST_CASE("recompute: without recording, nothing is recorded, and afterwards it is as before") {
    Var x = leaf({3, 2}, 1);
    auto part = [](const std::vector<Var>& in, const Dropout&) { return exp(in[0]); };
    {
      NoGrad no_grad;
      CHECK_FALSE(recompute(part, {x}, {}).requires_grad());
      CHECK_FALSE(grad_enabled());
    }
    Var y = recompute(part, {x}, {});
    CHECK(y.requires_grad());
    y.backward(random_tensor({3, 2}, 3));
    CHECK(grad_enabled());
  }
}
