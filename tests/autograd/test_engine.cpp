// The tape: accumulation, sharing, order, freeing, NoGrad, long chains.
#include <atomic>
#include <chrono>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/shaping.h"
#include "tensor/parallel.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

std::vector<real> values(std::initializer_list<real> list) { return list; }

Var leaf(const Tensor& value) { return Var(value, true); }

// The gradient of a leaf, which must have one.
const Tensor& grad(const Var& x) {
  REQUIRE_MESSAGE(x.grad().defined(), "no gradient reached a leaf of shape ", to_string(x.shape()),
                  ": did its users' closures run, and after theirs had come?");
  return x.grad();
}

}  // namespace

TEST_SUITE("04-autograd") {
  TEST_CASE("values: quotient, product of matrices, one element of each row") {
    Var a(Tensor::from({2, 2}, {6, 8, 10, 12})), b(Tensor::from({2}, {2, 4}));
    CHECK((a / b).value().to_vector() == values({3, 2, 5, 3}));
    CHECK(matmul(a, a).value().to_vector() == values({116, 144, 180, 224}));
    CHECK(pick(a, {1, 0}).shape() == Shape({2, 1}));
    CHECK(pick(a, {1, 0}).value().to_vector() == values({8, 10}));
  }

  TEST_CASE("pick: the gradient lands on the elements that were picked, zero elsewhere") {
    Var x = leaf(counting({2, 3}));
    pick(x, {2, 0}).backward(Tensor::from({2, 1}, {5, 7}));
    CHECK(grad(x).to_vector() == values({0, 0, 5, 7, 0, 0}));
  }

  TEST_CASE("sum_to: adds up what broadcasting repeated") {
    Tensor x = counting({2, 3, 2});
    INFO("axes are aligned at the back: (3, 1) against (2, 3, 2) sums over the first and last");
    CHECK(sum_to(x, {3, 1}).to_vector() == values({14, 22, 30}));
    CHECK(sum_to(x, {}).item() == 66);
    CHECK(sum_to(x, {2, 1, 1}).to_vector() == values({15, 51}));
    CHECK(identical(sum_to(x, {2, 3, 2}), x));
    Tensor one = random_tensor({1, 4}, 4);  // an axis of size 1 on both sides
    CHECK(identical(sum_to(one.broadcast_to({1, 1, 4}), {1, 4}), one));
  }

  TEST_CASE("backward: the gradient of a scalar reaches every leaf, and only leaves keep one") {
    Var a = leaf(Tensor::from({2}, {2, 3})), b = leaf(Tensor::from({2}, {5, 7}));
    Var product = a * b, loss = sum(product);
    loss.backward();
    CHECK(grad(a).to_vector() == values({5, 7}));
    CHECK(grad(b).to_vector() == values({2, 3}));
    CHECK_FALSE(product.grad().defined());
    CHECK_FALSE(loss.grad().defined());
  }

  TEST_CASE("backward: a value used n times receives n shares") {
    Var x = leaf(Tensor::scalar(3));
    (x * x * x + x).backward();
    INFO("d(x^3 + x)/dx = 28 at 3; 1 or 9 means that the last share replaced the others");
    CHECK(grad(x).item() == 28);
    Var y = leaf(Tensor::scalar(1)), total = y;
    for (int i = 0; i < 10; ++i) total = total + y;
    total.backward();
    CHECK(grad(y).item() == 11);
  }

  TEST_CASE("backward: old and new nodes in one graph run in the right order") {
    Var x = leaf(Tensor::scalar(2));
    Var early = square(x);              // 4
    Var late = early * x + early;       // x^3 + x^2
    (late * early + early).backward();  // x^5 + x^4 + x^2
    INFO("116 is right; less means that `early` ran before its last share had come");
    CHECK(grad(x).item() == 5 * 16 + 4 * 8 + 2 * 2);
  }

  TEST_CASE("backward: shared nodes are met once, not once for every path") {
    Var x = leaf(Tensor::scalar(1)), y = x;
    for (int i = 0; i < 23; ++i) y = y + y;  // 2^23 paths from y to x, 24 nodes
    auto start = std::chrono::steady_clock::now();
    y.backward();
    auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    CHECK(grad(x).item() == 1 << 23);
    INFO(seconds, " s for 24 nodes: does the walk mark the nodes that it has seen?");
    CHECK(seconds < 0.5);
  }

  TEST_CASE("backward: closures receive a contiguous dy, and record nothing") {
    Var x = leaf(counting({2, 3}));
    Tensor received;
    bool recording = true;
    Var probe = make_op("probe", x.value(), {x}, [&](const Tensor& dy) {
      received = dy;
      recording = grad_enabled();
    });
    transpose(probe).backward(Tensor::from({3, 2}, {1, 2, 3, 4, 5, 6}));
    REQUIRE(received.defined());
    INFO("the gradient of a transposed view is itself a view: kernels need as_contiguous()");
    CHECK(received.contiguous());
    CHECK(received.to_vector() == values({1, 3, 5, 2, 4, 6}));
    CHECK_FALSE(recording);
  }

  TEST_CASE("backward: a dy that no other node waits for has one handle") {
    Var x = leaf(counting({2, 3}));
    std::vector<bool> unique;
    auto probe = [&unique](const Var& input) {
      return make_op("probe", input.value(), {input}, [input, &unique](const Tensor& dy) {
        unique.push_back(dy.unique());
        input.add_grad(dy);
      });
    };
    (tanh(probe(x)) + tanh(probe(x)))
        .backward(random_tensor({2, 3}, 7));                   // each tanh makes its own
    (probe(x) + probe(x)).backward(random_tensor({2, 3}, 7));  // the caller's, for both
    INFO(
        "assign the contiguous gradient to the variable that holds it: run(g = g.as_contiguous())");
    CHECK(unique == std::vector<bool>{true, true, false, false});
  }

  TEST_CASE("backward: a node that received no gradient is passed over") {
    Var x = leaf(Tensor::scalar(2));
    bool ran = false;
    Var silent = make_op("silent", x.value(), {x}, [&](const Tensor&) { ran = true; });
    Var y = make_op("ignores its input", x.value(), {silent, x},
                    [x](const Tensor& dy) { x.add_grad(dy); });
    y.backward();
    CHECK_FALSE(ran);
    CHECK(grad(x).item() == 1);
    CHECK(silent.node()->spent);  // its inputs are gone like everybody's
    CHECK(silent.node()->inputs.empty());
  }

  TEST_CASE("matmul: no product for an operand that requires no gradient") {
    Var constant(random_tensor({500, 300}, 5)), w = leaf(random_tensor({300, 2}, 6));
    Var loss = sum(matmul(constant, w));
    reset_peak_memory();
    int64_t before = memory_statistics().peak_bytes;
    loss.backward();
    INFO("the constant has 600,000 bytes in float; its gradient would have as many");
    CHECK(memory_statistics().peak_bytes - before < 100'000 * static_cast<int64_t>(sizeof(real)));
    CHECK_FALSE(constant.grad().defined());
  }

  TEST_CASE("backward: two graphs add up to exactly twice one graph") {
    Var x = leaf(random_tensor({4, 5}, 1)), w = leaf(random_tensor({5, 3}, 2));
    auto run = [&] { sum(square(tanh(matmul(x, w)))).backward(); };
    run();
    Tensor dx = grad(x).contiguous_copy(), dw = grad(w).contiguous_copy();
    run();
    auto twice = [](const Tensor& t) { return map([](real v) { return 2 * v; }, t); };
    CHECK(identical(grad(x), twice(dx)));
    CHECK(identical(grad(w), twice(dw)));
    x.zero_grad();
    CHECK_FALSE(x.grad().defined());
    w.zero_grad();
    run();
    CHECK(identical(grad(x), dx));
    CHECK(identical(grad(w), dw));
  }

  TEST_CASE("backward: twice through the same graph names the op and the remedy") {
    Var x = leaf(Tensor::scalar(2));
    Var loss = tanh(x);
    loss.backward();
    real once = grad(x).item();
    CHECK(error_of([&] { loss.backward(); }) ==
          "backward: called twice through 'tanh'; run the forward pass again");
    Var shared = exp(x), first = square(shared), second = shared + real(1);
    x.zero_grad();
    first.backward();
    once = grad(x).item();
    CHECK(error_of([&] { second.backward(); }) ==
          "backward: called twice through 'exp'; run the forward pass again");
    CHECK(grad(x).item() == once);  // the refused call added nothing
  }

  TEST_CASE("backward: a start that cannot be is refused") {
    Var x = leaf(counting({2, 3}));
    CHECK(error_of([&] { x.backward(); }).find("(2, 3) is not a scalar") != std::string::npos);
    CHECK(error_of([&] { square(x).backward(counting({3})); }) ==
          "backward: dy has shape (3), the value (2, 3)");
    Var constant(Tensor::scalar(1));
    CHECK(error_of([&] { square(constant).backward(); }).find("requires a gradient") !=
          std::string::npos);
    CHECK(error_of([] { Var().value(); }) == "var: undefined");
    CHECK(error_of([] { Var{Tensor()}; }) == "var: the tensor has no elements");
  }

  TEST_CASE("backward: straight from a leaf, and with a given dy") {
    Var x = leaf(counting({3}));
    Tensor dy = Tensor::from({3}, {1, -1, 2});
    x.backward(dy);
    INFO("a walk begins by giving dy to the Var that it was called on");
    REQUIRE(x.grad().defined());
    (x * real(3)).backward(dy);
    CHECK(grad(x).to_vector() == values({4, -4, 8}));
    CHECK(dy.to_vector() == values({1, -1, 2}));
  }

  TEST_CASE("gradients that are passed on to two consumers are never written through") {
    Var a = leaf(counting({3})), b = leaf(counting({3}));
    Var p = a * real(1), q = b * real(1);
    Var older = p * real(10);
    Var y = p + q;                     // newer, so it runs first: p and q receive the same dy
    (sum(y) + sum(older)).backward();  // and p a second share
    INFO("b at 11 means that p's second share was added into a gradient that q holds too");
    CHECK(grad(a).to_vector() == values({11, 11, 11}));
    CHECK(grad(b).to_vector() == values({1, 1, 1}));
  }

  TEST_CASE("gradients of leaves never share memory with each other or with dy") {
    Tensor dy = Tensor::full({2, 3}, 1);
    Var a = leaf(counting({2, 3})), b = leaf(counting({2, 3})), c = leaf(counting({6})),
        d = leaf(counting({3, 2}));
    (a + b + reshape(c, {2, 3}) + transpose(d)).backward(dy);
    std::vector<Var> leaves{a, b, c, d};
    for (const Var& x : leaves) {
      CHECK(grad(x).unique());
      CHECK(grad(x).contiguous());
      CHECK(grad(x).data() != dy.data());
    }
    a.mutable_grad().fill(5);
    for (const Var& x : {b, c, d}) CHECK(identical(grad(x), Tensor::full(x.shape(), 1)));
    (a + b).backward(dy);  // shares that arrive when a gradient is already there
    CHECK(grad(a).to_vector() == values({6, 6, 6, 6, 6, 6}));
    CHECK(grad(b).to_vector() == values({2, 2, 2, 2, 2, 2}));
    CHECK(dy.to_vector() == values({1, 1, 1, 1, 1, 1}));
  }

  TEST_CASE("gradients of leaves are contiguous, whatever the layout of the share") {
    Var x = leaf(counting({3, 2}));
    Tensor share = counting({2, 3}).transpose();
    x.add_grad(std::move(share));  // nobody else's, and strided
    CHECK(grad(x).contiguous());
    CHECK(grad(x).to_vector() == values({0, 3, 1, 4, 2, 5}));
  }

  TEST_CASE("a gradient that the caller keeps does not change in the next backward") {
    Var x = leaf(counting({3}));
    sum(x * real(2)).backward();
    Tensor kept = x.grad();
    sum(x * real(5)).backward();
    CHECK(kept.to_vector() == values({2, 2, 2}));
    CHECK(grad(x).to_vector() == values({7, 7, 7}));
  }

  TEST_CASE("inputs without requires_grad receive nothing and are not recorded") {
    Var x = leaf(counting({3})), constant(counting({3}));
    Var y = x * constant;
    CHECK(y.node()->inputs.size() == 1);
    sum(y).backward();
    CHECK_FALSE(constant.grad().defined());
    CHECK(grad(x).to_vector() == values({0, 1, 2}));
    Var both = constant * constant;
    CHECK_FALSE(both.requires_grad());
    CHECK(both.node()->inputs.empty());
    CHECK_FALSE(both.node()->backward);
  }

  TEST_CASE("NoGrad: nothing is recorded, scopes nest, and an exception ends them") {
    Var x = leaf(counting({3}));
    {
      NoGrad outer;
      CHECK_FALSE(square(x).requires_grad());
      { NoGrad inner; }
      CHECK_FALSE(grad_enabled());
    }
    CHECK(grad_enabled());
    CHECK_THROWS_AS(
        [&] {
          NoGrad scope;
          matmul(x, x);
        }(),
        Error);
    CHECK(grad_enabled());
    CHECK(square(x).requires_grad());
  }

  TEST_CASE("NoGrad and Recording hold on every thread of a parallel loop") {
    Threads scope(4);
    Var x = leaf(counting({3}));
    auto recorded = [&] {
      std::atomic<int> count = 0;
      parallel_for(4, 1, [&](int64_t, int64_t) { count += square(x).requires_grad(); });
      return count.load();
    };
    CHECK(recorded() == 4);
    {
      NoGrad no_grad;
      CHECK(recorded() == 0);
      Recording recording;
      CHECK(recorded() == 4);
    }
    CHECK(recorded() == 4);
  }

  TEST_CASE("an undefined Var has neither value nor gradient, and says so") {
    Var none;
    CHECK(error_of([&] { none.value(); }) == "var: undefined");
    CHECK(error_of([&] { none.mutable_value(); }) == "var: undefined");
    CHECK(error_of([&] { none.grad(); }) == "var: an undefined one has no gradient");
    CHECK(error_of([&] { none.zero_grad(); }) == "var: an undefined one has no gradient");
  }

  TEST_CASE("detach: the same value, cut off") {
    Var x = leaf(Tensor::scalar(3)), y = square(x), cut = y.detach();
    CHECK(cut.value().data() == y.value().data());
    CHECK_FALSE(cut.requires_grad());
    (y * cut).backward();  // x^2 * 9
    CHECK(grad(x).item() == 54);
  }
}
