// Fused attention with a bias by distance and with dropout.
#include "tests/autograd/attention_definition.h"

using namespace t5;
using namespace t5::testing;

TEST_SUITE("10-positions") {
  TEST_CASE("the twin: query i and key j get the bias of column j - i + T - 1") {
    // Zero scores, V = 1 for one key alone: the output is the weight of that key.
    const int64_t T = 3, S = 4;
    AttentionLayout layout{1, Segments({T}), Segments({S})};
    Tensor bias = random_tensor({1, T + S - 1}, 1);
    for (int64_t j = 0; j < S; ++j) {
      Tensor v = Tensor::zeros({S, 1});
      v.mutable_data()[j] = 1;
      Tensor y = reference::attention(Var(Tensor::zeros({T, 1})), Var(Tensor::zeros({S, 1})),
                                      Var(v), Var(bias), layout, {})
                     .value();
      for (int64_t i = 0; i < T; ++i) {
        double total = 0;
        for (int64_t m = 0; m < S; ++m) total += std::exp(bias.at({0, m - i + T - 1}));
        INFO("query ", i, ", key ", j);
        CHECK(y.at({i, 0}) == doctest::Approx(std::exp(bias.at({0, j - i + T - 1})) / total));
      }
    }
  }

  TEST_CASE("the twin: with a bias, equals the definition, sequences of any lengths") {
    check_definition(reference::attention, true);
  }

  TEST_CASE("attention: with a bias, equals the definition") { check_definition(attention, true); }

  TEST_CASE("attention: the bias's gradient is dA summed along diagonals") {
    // Q = 0 and V = (1, 0): dA[i, 0] = p (1 - p) and dA[i, 1] = -p (1 - p), p = P[i, 0].
    AttentionLayout layout{1, Segments({2}), Segments({2})};
    Var zero(Tensor::zeros({2, 1})), v(Tensor::from({2, 1}, {1, 0}));
    Var bias(Tensor::from({1, 3}, {0, real(0.5), 2}), true);  // distances -1, 0, 1
    attention(zero, zero, v, bias, layout, {}).backward(Tensor::full({2, 1}, 1));
    auto slope = [](double a, double b) {  // of the first of two weights
      double p = std::exp(a) / (std::exp(a) + std::exp(b));
      return p * (1 - p);
    };
    double first = slope(0.5, 2), second = slope(0, 0.5);  // the queries
    Tensor expected = Tensor::from(
        {1, 3},
        {static_cast<real>(second), static_cast<real>(first - second), static_cast<real>(-first)});
    CHECK(difference(bias.grad(), expected) == "");
  }

  TEST_CASE("attention: with a bias, gradients over several tiles are those of the twin") {
    check_gradients_of_twin(true);
  }

  TEST_CASE("attention: with a bias, the same bits alone and in any batch, on any threads") {
    check_alone_and_together(true);
    check_threads(true, 0);
  }
}

TEST_SUITE("11-encoder") {
  TEST_CASE("attention: dropout acts on the weights, independently for head, query and key") {
    // Zero queries give every key the weight 1 / S; V = identity shows the weights in the output.
    const int64_t n = 64;
    AttentionLayout layout{2, Segments({n, n}), Segments({n, n})};
    Tensor zeros = Tensor::zeros({2 * n, 2 * n}), v = Tensor::zeros({2 * n, 2 * n});
    for (int64_t i = 0; i < 2 * n; ++i)
      for (int64_t h = 0; h < 2; ++h) v.mutable_data()[i * 2 * n + h * n + i % n] = 1;
    Random random(6);
    Tensor y =
        attention(Var(zeros), Var(zeros), Var(v), Var(), layout, {real(0.25), &random}).value();
    int64_t kept = 0;
    for (real weight : y.to_vector()) {
      bool stays = weight != 0;
      if (stays) REQUIRE(weight == doctest::Approx(1 / (n * 0.75)).epsilon(1e-5));
      kept += stays;
    }
    double share = static_cast<double>(kept) / static_cast<double>(y.size());
    INFO("of the weights ", share, " stay, 0.75 are wanted");
    CHECK(std::abs(share - 0.75) < 4 * std::sqrt(0.75 * 0.25 / static_cast<double>(y.size())));
    auto agreement = [&](const Tensor& a, const Tensor& b) {
      Tensor same = map([](real p, real q) { return real((p != 0) == (q != 0)); }, a, b);
      return sum(same).item() / static_cast<double>(same.size());
    };
    const double independent = 0.75 * 0.75 + 0.25 * 0.25;
    CHECK(agreement(y.slice(1, 0, n), y.slice(1, n, 2 * n)) ==
          doctest::Approx(independent).epsilon(0.05));  // heads
    CHECK(agreement(y.slice(0, 0, n), y.slice(0, n, 2 * n)) ==
          doctest::Approx(independent).epsilon(0.05));  // sequences
    CHECK(agreement(y.slice(0, 0, n - 1), y.slice(0, 1, n)) ==
          doctest::Approx(independent).epsilon(0.05));  // queries
  }

  TEST_CASE("attention: with dropout, the same bits on one thread and on two") {
    check_threads(true, real(0.2));
  }
}
