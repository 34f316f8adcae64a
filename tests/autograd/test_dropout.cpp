// Dropout: what falls, how often, and that both passes agree.
#include "autograd/fused/fused.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/dropout.h"
#include "autograd/ops/shaping.h"
#include "tensor/parallel.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

Var leaf(const Tensor& value) { return Var(value, true); }

}  // namespace

TEST_SUITE("11-encoder") {
  TEST_CASE("dropout: drops the given share and scales the rest to keep the mean") {
    const int64_t n = 200000;
    for (real rate : {real(0.1), real(0.5), real(0.9)}) {
      INFO("rate ", rate);
      Random random(8);
      Tensor y = dropout(Var(Tensor::full({n}, 3)), {rate, &random}).value();
      double deviation = std::sqrt(rate * (1 - rate) / static_cast<double>(n));
      CHECK(std::abs(zero_share(y) - rate) < 4 * deviation);
      for (real v : y.to_vector()) REQUIRE((v == 0 || v == 3 * (1 / (1 - rate))));
    }
  }

  TEST_CASE("dropout: the backward pass drops the same elements") {
    Random random(9);
    Var x = leaf(Tensor::full({1000}, 1));
    Var y = dropout(x, {real(0.4), &random});
    y.backward(Tensor::full({1000}, 1));
    CHECK(identical(x.grad(), y.value()));
  }

  TEST_CASE("dropout: successive masks are independent, a seed gives the same masks again") {
    const int64_t n = 100000;
    Random random(10), again(10);
    Var ones(Tensor::full({n}, 1));
    Tensor first = dropout(ones, {real(0.5), &random}).value();
    Tensor second = dropout(ones, {real(0.5), &random}).value();
    CHECK(identical(dropout(ones, {real(0.5), &again}).value(), first));
    Tensor both = map([](real a, real b) { return a * b; }, first, second);
    CHECK(zero_share(both) == doctest::Approx(0.75).epsilon(0.02));
    // Neighbours are independent too.
    Tensor shifted =
        map([](real a, real b) { return a * b; }, first.slice(0, 1, n), first.slice(0, 0, n - 1));
    CHECK(zero_share(shifted) == doctest::Approx(0.75).epsilon(0.02));
  }

  TEST_CASE("dropout: the mask does not depend on the number of threads") {
    auto run = [](int threads) {
      Threads scope(threads);
      Random random(11);
      return dropout(Var(Tensor::full({100000}, 1)), {real(0.3), &random}).value();
    };
    CHECK(identical(run(1), run(2)));
  }

  TEST_CASE("dropout: without a rate or a generator nothing happens and nothing is drawn") {
    Random random(12);
    Var x = leaf(counting({5}));
    CHECK(dropout(x, {}).node() == x.node());
    CHECK(dropout(x, {0, &random}).node() == x.node());
    CHECK(dropout(x, {real(0.5), nullptr}).node() == x.node());
    CHECK(random.position() == 0);
    CHECK(identical(add_residual(x, x, {}).value(), (x + x).value()));
    for (real rate : {real(1), real(1.5)})
      CHECK(error_of([&] {
              dropout(x, {rate, &random});
            }).find("must be below 1") != std::string::npos);
  }
}
