// The graph: how long it lives, how it is freed, how it is drawn.
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/shaping.h"
#include "autograd/tools/graph.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

Var leaf(const Tensor& value) { return Var(value, true); }

// The gradient of a leaf, which must have one.
const Tensor& grad(const Var& x) {
  REQUIRE_MESSAGE(x.grad().defined(), "no gradient reached a leaf of shape ", to_string(x.shape()));
  return x.grad();
}

}  // namespace

TEST_SUITE("04-autograd") {
  TEST_CASE("a chain of 200,000 ops: backward does not overflow the stack") {
    Var x = leaf(Tensor::scalar(1)), y = x;
    for (int i = 0; i < 200000; ++i) y = i % 2 == 0 ? y + real(1) : -y;
    y.backward();
    CHECK(grad(x).item() == 1);
  }

  TEST_CASE("a chain of 200,000 ops: destruction without backward does not overflow the stack") {
    int64_t before = memory_statistics().live_bytes;
    {
      Var x = leaf(Tensor::scalar(1)), y = x;
      for (int i = 0; i < 200000; ++i) y = y + x;
    }
    CHECK(memory_statistics().live_bytes == before);
  }

  TEST_CASE("the graph is freed while backward runs, and nothing is left after it") {
    const int64_t n = 1 << 16, depth = 20, bytes = n * static_cast<int64_t>(sizeof(real));
    Var x = leaf(random_tensor({n}, 3));
    int64_t before = memory_statistics().live_bytes;
    Var y = x;
    for (int64_t i = 0; i < depth; ++i) y = tanh(y);
    Var loss = sum(y);
    y = Var();
    CHECK(memory_statistics().live_bytes - before >= depth * bytes);
    reset_peak_memory();
    int64_t recorded = memory_statistics().peak_bytes;
    loss.backward();
    // The values, and at one time no more than a few gradients: not a second set of `depth`.
    INFO("does the loop drop each node's gradient, closure and inputs as soon as it has run?");
    CHECK(memory_statistics().peak_bytes - recorded <= 3 * bytes);
    x.zero_grad();
    CHECK(memory_statistics().live_bytes - before <= 64);  // the loss, which is still held
    loss = Var();
    CHECK(memory_statistics().live_bytes == before);
  }

  TEST_CASE("a graph that is thrown away frees its values at once") {
    Var x = leaf(random_tensor({1000}, 4));
    int64_t before = memory_statistics().live_bytes;
    { Var loss = sum(square(tanh(x) * sigmoid(x))); }
    CHECK(memory_statistics().live_bytes == before);
  }

  TEST_CASE("sole_owner: only of a value that nobody else can see") {
    Var x = leaf(counting({3}));
    Var scaled = x * real(2);
    CHECK(scaled.sole_owner());
    Var copy = scaled;
    CHECK_FALSE(scaled.sole_owner());
    copy = Var();
    CHECK(scaled.sole_owner());
    Tensor seen = scaled.value();
    CHECK_FALSE(scaled.sole_owner());
    CHECK_FALSE(tanh(x).sole_owner());             // its backward reads its value
    CHECK_FALSE(reshape(x, {3, 1}).sole_owner());  // a view of x
    Var summed = sum(scaled);
    CHECK(summed.sole_owner());
  }

  TEST_CASE("graph_svg: a box and a line of text for each node, a path for each edge") {
    Var w = leaf(counting({2, 3})), b = leaf(counting({3}));
    Var loss = sum(square(w + b));
    std::string text = graph_svg(loss, {{"w", w}, {"b", b}});
    auto count = [&](const std::string& part) {
      int found = 0;
      for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++found;
      return found;
    };
    CHECK(text.find("<svg") == 0);
    CHECK(count("<rect") == 6);       // five nodes and the background
    CHECK(count("marker-end") == 4);  // arrows
    CHECK(count(">w</text>") == 1);
    CHECK(count(">b</text>") == 1);
    CHECK(count(">(2, 3)</text>") == 3);
    CHECK(graphviz(loss, {{"w", w}}).find("label=\"w\\n(2, 3)\", shape=ellipse") !=
          std::string::npos);
  }

  TEST_CASE("graphviz: ops as boxes, leaves as ellipses, edges from inputs, each node once") {
    Var x = leaf(counting({2, 3})), constant(counting({3}));
    Var loss = sum(square(x) + x * constant);
    std::string text = graphviz(loss);
    auto count = [&](const std::string& part) {
      int found = 0;
      for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++found;
      return found;
    };
    CHECK(text.find("digraph") == 0);
    CHECK(text.back() == '\n');
    CHECK(count("shape=box") == 4);  // square, mul, add, sum
    CHECK(count("shape=ellipse") == 1);
    CHECK(count(" -> ") == 5);
    CHECK(count("label=\"square\\n(2, 3)\"") == 1);
    CHECK(count("label=\"sum\\n()\"") == 1);
    Var y = tanh(x);
    CHECK(graphviz(y).find(fmt::format("n{} -> n{};", x.node()->id, y.node()->id)) !=
          std::string::npos);
  }
}
