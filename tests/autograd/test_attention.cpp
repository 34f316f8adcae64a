// Fused attention against the definition, and what must not matter: other sequences, threads,
// tiles.
#include "autograd/fused/fused.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/shaping.h"
#include "autograd/reference.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

// The output for one query of one head: softmax over keys 0 … count of q . k + bias, times v. All
// tensors are (rows, H * D); `first` is the row of the sequence's key 0.
std::vector<double> attend_naively(const Tensor& q, const Tensor& k, const Tensor& v, int64_t row,
                                   int64_t first, int64_t count, int64_t column, int64_t width,
                                   const std::vector<double>& bias) {
  std::vector<double> scores(count), out(width);
  double total = 0;
  for (int64_t j = 0; j < count; ++j) {
    scores[j] = bias[j];
    for (int64_t d = 0; d < width; ++d)
      scores[j] += static_cast<double>(q.at({row, column + d})) * k.at({first + j, column + d});
    total += std::exp(scores[j]);
  }
  for (int64_t j = 0; j < count; ++j)
    for (int64_t d = 0; d < width; ++d)
      out[d] += std::exp(scores[j]) / total * v.at({first + j, column + d});
  return out;
}

Tensor naive(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& bias,
             const AttentionLayout& layout) {
  Tensor y(q.shape());
  int64_t width = q.dim(1) / layout.heads;
  for (int64_t b = 0; b < layout.queries.count(); ++b)
    for (int64_t i = 0; i < layout.queries.length(b); ++i)
      for (int64_t h = 0; h < layout.heads; ++h) {
        int64_t row = layout.queries.begin(b) + i, keys = layout.keys.length(b);
        int64_t count = layout.causal ? std::min(keys, i + 1) : keys;
        std::vector<double> biases(count);
        for (int64_t j = 0; bias.defined() && j < count; ++j)
          biases[j] = bias.at({h, j - i + layout.queries.longest() - 1});
        std::vector<double> out =
            attend_naively(q, k, v, row, layout.keys.begin(b), count, h * width, width, biases);
        for (int64_t d = 0; d < width; ++d)
          y.mutable_data()[row * q.dim(1) + h * width + d] = static_cast<real>(out[d]);
      }
  return y;
}

struct Operands {
  Var q, k, v, bias;

  std::vector<Var> all() const {
    return bias.defined() ? std::vector<Var>{q, k, v, bias} : std::vector<Var>{q, k, v};
  }
};

Operands operands(const AttentionLayout& layout, int64_t width, uint64_t seed, bool biased) {
  Random random(seed);
  auto draw = [&](Shape shape) { return Var(Tensor::normal(shape, random), true); };
  int64_t all = layout.heads * width;
  Operands x{draw({layout.queries.rows(), all}), draw({layout.keys.rows(), all}),
             draw({layout.keys.rows(), all}), Var()};
  if (biased) x.bias = draw({layout.heads, layout.queries.longest() + layout.keys.longest() - 1});
  return x;
}

using Attention = Var(const Var&, const Var&, const Var&, const Var&, const AttentionLayout&,
                      const Dropout&);

// Output and all gradients, with a fixed cotangent.
std::vector<Tensor> run(Attention& attend, const Operands& x, const AttentionLayout& layout,
                        const Dropout& dropout = {}) {
  Var y = attend(x.q, x.k, x.v, x.bias, layout, dropout);
  for (Var input : x.all()) input.zero_grad();
  y.backward(random_tensor(y.shape(), 99));
  std::vector<Tensor> results{y.value()};
  for (const Var& input : x.all()) results.push_back(input.grad());
  return results;
}

const char* const kResults[] = {"output", "dQ", "dK", "dV", "dbias"};

// Lengths of queries and keys: alike, unlike, and more of them than a tile holds.
const std::vector<std::pair<Segments, Segments>> kLengths = {
    {Segments({3, 1, 5}), Segments({3, 1, 5})},
    {Segments({2, 4}), Segments({5, 1})},
    {Segments({64, 65}), Segments({130, 64})}};

void check_definition(Attention& attend, bool biased) {
  for (auto [queries, keys] : kLengths)
    for (bool causal : {false, true})
      for (int64_t heads : {1, 3}) {
        INFO(queries.count(), " sequences, ", heads, " heads, ", causal ? "causal" : "all keys");
        AttentionLayout layout{heads, queries, keys, causal};
        Operands x = operands(layout, 4, 1, biased);
        Tensor bias = biased ? x.bias.value() : Tensor();
        Tensor y = attend(x.q, x.k, x.v, x.bias, layout, {}).value();
        CHECK(difference(y, naive(x.q.value(), x.k.value(), x.v.value(), bias, layout)) == "");
      }
}

void check_gradients_of_twin(bool biased) {
  for (bool causal : {false, true}) {
    AttentionLayout layout{2, Segments({130, 3}), Segments({70, 66}), causal};
    Operands x = operands(layout, 4, 9, biased);
    std::vector<Tensor> fused = run(attention, x, layout);
    std::vector<Tensor> twin = run(reference::attention, x, layout);
    for (size_t i = 0; i < twin.size(); ++i) {
      INFO(kResults[i], causal ? ", causal" : "");
      CHECK(difference(fused[i], twin[i]) == "");
    }
  }
}

// Sequence b of a batch, as a batch of its own.
Operands only(const Operands& x, const AttentionLayout& layout, int64_t b) {
  auto rows = [&](const Var& t, const Segments& s) {
    return Var(t.value().slice(0, s.begin(b), s.begin(b) + s.length(b)), true);
  };
  Operands one{rows(x.q, layout.queries), rows(x.k, layout.keys), rows(x.v, layout.keys), Var()};
  if (x.bias.defined()) {
    // The distances that this sequence has, out of those of the longest.
    int64_t first = layout.queries.longest() - layout.queries.length(b);
    int64_t count = layout.queries.length(b) + layout.keys.length(b) - 1;
    one.bias = Var(x.bias.value().slice(1, first, first + count), true);
  }
  return one;
}

void check_alone_and_together(bool biased) {
  AttentionLayout layout{2, Segments({3, 70, 5}), Segments({4, 66, 2})};
  for (bool causal : {false, true}) {
    layout.causal = causal;
    Operands x = operands(layout, 4, 2, biased);
    std::vector<Tensor> together = run(attention, x, layout);
    for (int64_t b = 0; b < 3; ++b) {
      INFO("sequence ", b, causal ? ", causal" : "");
      AttentionLayout alone{2, Segments({layout.queries.length(b)}),
                            Segments({layout.keys.length(b)}), causal};
      auto rows = [&](const Tensor& t, const Segments& s) {
        return t.slice(0, s.begin(b), s.begin(b) + s.length(b));
      };
      Operands one = only(x, layout, b);
      Var y = attention(one.q, one.k, one.v, one.bias, alone, {});
      CHECK(identical(y.value(), rows(together[0], layout.queries)));
      y.backward(rows(random_tensor(x.q.shape(), 99), layout.queries));
      CHECK(identical(one.q.grad(), rows(together[1], layout.queries)));
      CHECK(identical(one.k.grad(), rows(together[2], layout.keys)));
      CHECK(identical(one.v.grad(), rows(together[3], layout.keys)));
    }
  }
}

void check_threads(bool biased, real dropout_rate) {
  for (const Segments& lengths : {Segments({30, 7, 100, 1}), Segments({200})})
    for (int64_t heads : {1, 4}) {
      AttentionLayout layout{heads, lengths, lengths, true};
      Operands x = operands(layout, 16, 4, biased);
      auto on = [&](int threads) {
        Threads scope(threads);
        Random random(5);
        return run(attention, x, layout, {dropout_rate, &random});
      };
      std::vector<Tensor> one = on(1), two = on(2);
      for (size_t i = 0; i < one.size(); ++i) CHECK(identical(one[i], two[i]));
    }
}

}  // namespace

TEST_SUITE("09-attention") {
  // Scores 0 and ln 3 make the weights 1/4 and 3/4.
  const real kLog3 = static_cast<real>(std::log(3.0));

  TEST_CASE("the twin: one query, two keys, by hand") {
    Tensor q = Tensor::from({1, 2}, {1, 0}), k = Tensor::from({2, 2}, {0, 5, kLog3, 7});
    Tensor v = Tensor::from({2, 2}, {4, 0, 8, 40});
    AttentionLayout layout{1, Segments({1}), Segments({2})};
    Tensor y = reference::attention(Var(q), Var(k), Var(v), Var(), layout, {}).value();
    CHECK(difference(y, Tensor::from({1, 2}, {7, 30})) == "");  // v0 / 4 + v1 3 / 4
  }

  TEST_CASE("the twin: a head reads its own columns of every row") {
    // Head 0 (columns 0, 1) prefers key 1; head 1 (columns 2, 3) finds both keys alike.
    Tensor q = Tensor::from({1, 4}, {1, 0, 0, 1});
    Tensor k = Tensor::from({2, 4}, {0, 9, 9, 2, kLog3, 9, 9, 2});
    Tensor v = Tensor::from({2, 4}, {0, 4, 10, 20, 8, 0, 30, 60});
    AttentionLayout layout{2, Segments({1}), Segments({2})};
    Tensor y = reference::attention(Var(q), Var(k), Var(v), Var(), layout, {}).value();
    CHECK(difference(y, Tensor::from({1, 4}, {6, 1, 20, 40})) == "");
  }

  TEST_CASE("the twin: a causal query sees the keys up to its own number") {
    Tensor zero = Tensor::zeros({3, 1}), v = Tensor::from({3, 1}, {6, 12, 30});
    Segments three({3});
    Tensor y =
        reference::attention(Var(zero), Var(zero), Var(v), Var(), {1, three, three, true}, {})
            .value();
    CHECK(difference(y, Tensor::from({3, 1}, {6, 9, 16})) == "");  // means of 1, 2 and 3 values
  }

  TEST_CASE("the twin: sequences laid end to end do not see each other") {
    // Equal scores: each query of a sequence gets the mean of that sequence's values.
    AttentionLayout layout{1, Segments({2, 1}), Segments({1, 3})};
    Tensor q = Tensor::zeros({3, 1}), k = Tensor::zeros({4, 1});
    Tensor v = Tensor::from({4, 1}, {5, 1, 2, 6});
    Tensor y = reference::attention(Var(q), Var(k), Var(v), Var(), layout, {}).value();
    CHECK(difference(y, Tensor::from({3, 1}, {5, 5, 3})) == "");
  }

  TEST_CASE("the twin: equals the definition in plain loops") {
    check_definition(reference::attention, false);
  }

  TEST_CASE("attention: equals the definition in plain loops") {
    check_definition(attention, false);
  }

  TEST_CASE("attention: gradients over several tiles of queries are those of the twin") {
    check_gradients_of_twin(false);
  }

  TEST_CASE("attention: the gradients of one query and two keys, by hand") {
    // P = (1/4, 3/4), dy = 1: dP = v = (4, 8), inner = 7, dA = P (dP - 7) = (-3/4, 3/4).
    AttentionLayout layout{1, Segments({1}), Segments({2})};
    Var q(Tensor::from({1, 1}, {2}), true), k(Tensor::from({2, 1}, {0, kLog3 / 2}), true);
    Var v(Tensor::from({2, 1}, {4, 8}), true);
    attention(q, k, v, Var(), layout, {}).backward(Tensor::full({1, 1}, 1));
    CHECK(difference(v.grad(), Tensor::from({2, 1}, {0.25, 0.75})) == "");           // P' dy
    CHECK(difference(q.grad(), Tensor::from({1, 1}, {real(0.375) * kLog3})) == "");  // dA K
    CHECK(difference(k.grad(), Tensor::from({2, 1}, {-1.5, 1.5})) == "");            // dA' Q
  }

  TEST_CASE("attention: scores are not divided by the root of the width") {
    Tensor q = Tensor::full({1, 4}, 1);
    Tensor k = Tensor::from({2, 4}, {1, 1, 1, 1, 0, 0, 0, 0});
    Tensor v = Tensor::from({2, 4}, {1, 1, 1, 1, 0, 0, 0, 0});
    AttentionLayout layout{1, Segments({1}), Segments({2})};
    for (Attention* attend : {attention, reference::attention}) {
      Var y = attend(Var(q), Var(k), Var(v), Var(), layout, {});
      CHECK(y.value().at({0, 0}) == doctest::Approx(1 / (1 + std::exp(-4.0))).epsilon(1e-6));
    }
  }

  TEST_CASE("attention: a sequence gets the same bits alone and in any batch") {
    check_alone_and_together(false);
  }

  TEST_CASE("attention: a causal query does not see what comes after it") {
    AttentionLayout layout{2, Segments({70}), Segments({70}), true};
    Operands x = operands(layout, 4, 3, false);
    Tensor before = attention(x.q, x.k, x.v, x.bias, layout, {}).value();
    for (Var* t : {&x.k, &x.v})
      for (int64_t i = 66 * 8; i < 70 * 8; ++i) t->mutable_value().mutable_data()[i] = 1000;
    Tensor after = attention(x.q, x.k, x.v, x.bias, layout, {}).value();
    CHECK(identical(after.slice(0, 0, 66), before.slice(0, 0, 66)));
    CHECK_FALSE(identical(after, before));
  }

  TEST_CASE("attention: the same bits on one thread and on two, gradients too") {
    check_threads(false, 0);
  }

  TEST_CASE("attention: only the operands that require a gradient receive one") {
    AttentionLayout layout{1, Segments({3}), Segments({4})};
    Operands x = operands(layout, 2, 7, true);
    Var k(x.k.value()), bias(x.bias.value());
    attention(x.q, k, x.v, bias, layout, {}).backward(Tensor::full({3, 2}, 1));
    CHECK_FALSE(k.grad().defined());
    CHECK_FALSE(bias.grad().defined());
    CHECK(x.q.grad().defined());
    CHECK(x.v.grad().defined());
  }

  TEST_CASE("attention: operands that do not fit name every shape") {
    AttentionLayout layout{2, Segments({3, 2}), Segments({4, 1})};
    Operands x = operands(layout, 2, 8, true);
    auto call = [&](const Var& q, const Var& bias, const AttentionLayout& l) {
      return error_of([&] { attention(q, x.k, x.v, bias, l, {}); });
    };
    CHECK(call(x.q, x.bias, layout) == "no error");
    CHECK(call(Var(counting({4, 4})), x.bias, layout) ==
          "attention: q (4, 4), k (5, 4), v (5, 4) for 2 heads, 5 queries, 5 keys");
    CHECK(call(x.q, Var(counting({2, 5})), layout) == "attention: bias (2, 5) instead of (2, 6)");
    CHECK(call(x.q, Var(), {3, layout.queries, layout.keys}).find("for 3 heads") !=
          std::string::npos);
    CHECK(call(x.q, Var(), {0, layout.queries, layout.keys}).find("for 0 heads") !=
          std::string::npos);
    CHECK(call(x.q, Var(), {2, Segments({5}), layout.keys}) ==
          "attention: 1 query sequences but 2 key sequences");
    CHECK(call(x.q, Var(), {2, layout.queries, Segments({5, 0})}) ==
          "attention: sequence 1 has 2 queries and 0 keys; neither may be empty");
  }
}

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
