// The encoder's ops against their definitions, written out as loops: RMS norm, gated activations,
// dropout.
#include "autograd/fused/fused.h"
#include "autograd/ops/shaping.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

Var leaf(const Tensor& value) { return Var(value, true); }

// sqrt(mean(x^2) + epsilon) of row n
double root_mean_square(const Tensor& x, int64_t n, double epsilon) {
  double squares = 0;
  for (int64_t i = 0; i < x.dim(1); ++i)
    squares += static_cast<double>(x.at({n, i})) * x.at({n, i});
  return std::sqrt(squares / static_cast<double>(x.dim(1)) + epsilon);
}

// (N, M): every element from its own row and column
template <class Formula>
Tensor by_element(int64_t rows, int64_t columns, const Formula& formula) {
  Tensor y({rows, columns});
  for (int64_t n = 0; n < rows; ++n)
    for (int64_t i = 0; i < columns; ++i)
      y.mutable_data()[n * columns + i] = static_cast<real>(formula(n, i));
  return y;
}

double gelu(double x) {
  return x / 2 * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
}
// Its slope between two points close by: no formula to get wrong.
double gelu_slope(double x) { return (gelu(x + 1e-5) - gelu(x - 1e-5)) / 2e-5; }

}  // namespace

TEST_SUITE("11-encoder") {
  TEST_CASE("rms_norm: every row is divided by the root of its mean square, then weighted") {
    Tensor x = random_tensor({5, 12}, 31), weight = random_tensor({12}, 32);
    Tensor expected = by_element(5, 12, [&](int64_t n, int64_t i) {
      return x.at({n, i}) / root_mean_square(x, n, 1e-6) * weight.at({i});
    });
    CHECK(difference(rms_norm(Var(x), Var(weight), real(1e-6)).value(), expected) == "");
  }

  TEST_CASE("rms_norm: 3 and 4 have the mean square 12.5, and no mean is subtracted") {
    Tensor y = rms_norm(Var(Tensor::from({1, 2}, {3, 4})), Var(Tensor::full({2}, 1)), 0).value();
    double root = std::sqrt(12.5);
    CHECK(difference(y, Tensor::from({1, 2}, {real(3 / root), real(4 / root)})) == "");
  }

  TEST_CASE("rms_norm: epsilon stands under the root, so that a row of zeros stays zero") {
    Var weight(Tensor::full({3}, 1));
    Tensor zeros = rms_norm(Var(Tensor::zeros({2, 3})), weight, real(1e-6)).value();
    CHECK(difference(zeros, Tensor::zeros({2, 3}), 0) == "");
    // mean square 1e-6, epsilon 1e-6: 1e-3 / sqrt(2e-6)
    Tensor small = Tensor::full({1, 3}, real(1e-3));
    CHECK(difference(rms_norm(Var(small), weight, real(1e-6)).value(),
                     Tensor::full({1, 3}, real(0.70710678)), 1e-5) == "");
  }

  TEST_CASE("rms_norm: dx is the direct share less the pull of the row's length") {
    const int64_t N = 4, M = 7;
    Tensor x = random_tensor({N, M}, 33), weight = random_tensor({M}, 34),
           dy = random_tensor({N, M}, 35);
    // dx[i] = sum_j dy[j] w[j] (delta_ij r - x[i] x[j] r^3 / M): the Jacobian, element by element
    Tensor dx = by_element(N, M, [&](int64_t n, int64_t i) {
      double r = 1 / root_mean_square(x, n, 1e-6), total = 0;
      for (int64_t j = 0; j < M; ++j)
        total += dy.at({n, j}) * weight.at({j}) *
                 ((i == j ? r : 0) - static_cast<double>(x.at({n, i})) * x.at({n, j}) * r * r * r /
                                         static_cast<double>(M));
      return total;
    });
    Var input = leaf(x);
    rms_norm(input, Var(weight), real(1e-6)).backward(dy);
    CHECK(difference(input.grad(), dx) == "");
    rms_norm(input, Var(weight), real(1e-6)).backward(dy);  // a second share is added
    Tensor twice = map([](real v) { return 2 * v; }, dx);
    CHECK(difference(input.grad(), twice) == "");
  }

  TEST_CASE("rms_norm: the gradient is at right angles to the row: its length does not matter") {
    Tensor x = random_tensor({3, 16}, 36);
    Var input = leaf(x);
    rms_norm(input, Var(random_tensor({16}, 37)), 0).backward(random_tensor({3, 16}, 38));
    for (int64_t n = 0; n < 3; ++n) {
      double inner = 0;
      for (int64_t i = 0; i < 16; ++i)
        inner += static_cast<double>(input.grad().at({n, i})) * x.at({n, i});
      INFO("row ", n, ": the inner product of dx and x");
      CHECK(std::abs(inner) < kSums * 16);
    }
  }

  TEST_CASE("rms_norm: the same bits on one thread and on two, gradients too") {
    auto run = [](int threads) {
      Threads scope(threads);
      Var x = leaf(random_tensor({600, 128}, 39)), weight = leaf(random_tensor({128}, 40));
      Var y = rms_norm(x, weight, real(1e-6));
      y.backward(random_tensor({600, 128}, 41));
      return std::vector<Tensor>{y.value(), x.grad(), weight.grad()};
    };
    std::vector<Tensor> one = run(1), two = run(2);
    for (size_t i = 0; i < one.size(); ++i) CHECK(identical(one[i], two[i]));
  }

  TEST_CASE("activate_gated: dgate = dy x gelu'(gate), dx = dy gelu(gate)") {
    const int64_t N = 3, F = 8;
    Tensor gate = random_tensor({N, F}, 42), x = random_tensor({N, F}, 43),
           dy = random_tensor({N, F}, 44);
    Var a = leaf(gate), b = leaf(x);
    Var y = activate_gated(Activation::kGelu, a, b, {});
    auto formula = [&](auto of) {
      return by_element(N, F, [&](int64_t n, int64_t i) {
        return of(gate.at({n, i}), x.at({n, i}), dy.at({n, i}));
      });
    };
    CHECK(difference(y.value(), formula([](double g, double v, double) { return gelu(g) * v; })) ==
          "");
    y.backward(dy);
    // Central differences with a step of 1e-5 are exact to some 1e-10.
    INFO("dgate");
    CHECK(difference(a.grad(),
                     formula([](double g, double v, double d) { return d * v * gelu_slope(g); }),
                     1e-5) == "");
    INFO("dx");
    CHECK(difference(b.grad(), formula([](double g, double, double d) { return d * gelu(g); })) ==
          "");
  }

  TEST_CASE("activate_gated: what was dropped passes no gradient, what stayed passes it scaled") {
    const int64_t n = 2000;
    Random random(45);
    Var gate = leaf(Tensor::full({1, n}, 1)), x = leaf(Tensor::full({1, n}, 2));
    Var y = activate_gated(Activation::kRelu, gate, x, {real(0.25), &random});
    y.backward(Tensor::full({1, n}, 1));
    // relu(1) = 1 and its slope is 1: dgate is x keep = y, and dx is keep = y / 2.
    CHECK(difference(gate.grad(), y.value()) == "");
    CHECK(difference(x.grad(), map([](real v) { return v / 2; }, y.value())) == "");
  }

  TEST_CASE("dropout: a rate of 0.9 drops nine of ten, and the tenth counts ten times") {
    const int64_t n = 100000;
    Random random(46);
    DropoutMask mask({real(0.9), &random});
    int64_t kept = 0;
    for (int64_t i = 0; i < n; ++i) {
      if (mask.keep(i) == 0) continue;
      REQUIRE(mask.keep(i) == doctest::Approx(10).epsilon(1e-5));
      ++kept;
    }
    INFO("kept ", kept, " of ", n, ", where 10000 were to be expected");
    CHECK(std::abs(static_cast<double>(kept) - n / 10.0) < 4 * std::sqrt(n * 0.9 * 0.1));
  }

  TEST_CASE("dropout: the mean over many masks is the input: evaluation needs no correction") {
    const int64_t n = 64, masks = 4000;
    Random random(47);
    Tensor x = random_tensor({n}, 48), total = Tensor::zeros({n});
    for (int64_t k = 0; k < masks; ++k)
      update([](real sum, real v) { return sum + v; }, total,
             dropout(Var(x), {real(0.3), &random}).value());
    // Each element's mean has the deviation |x| sqrt(0.3 / 0.7 / masks).
    for (int64_t i = 0; i < n; ++i) {
      INFO("element ", i);
      CHECK(std::abs(total.at({i}) / masks - x.at({i})) <
            5 * std::abs(x.at({i})) * std::sqrt(0.3 / 0.7 / masks));
    }
  }

  TEST_CASE("dropout: every mask draws once from the generator, however many elements it has") {
    Random random(49);
    dropout(Var(Tensor::full({10000}, 1)), {real(0.1), &random});
    CHECK(random.position() == 1);
    dropout(Var(Tensor::full({3}, 1)), {real(0.1), &random});
    CHECK(random.position() == 2);
  }
}
