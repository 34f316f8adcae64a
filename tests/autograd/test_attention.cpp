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
          y.data()[row * q.dim(1) + h * width + d] = static_cast<real>(out[d]);
      }
  return y;
}

struct Operands {
  Var q, k, v, bias;
};

Operands operands(const AttentionLayout& layout, int64_t width, uint64_t seed) {
  Random random(seed);
  auto draw = [&](Shape shape) { return Var(Tensor::normal(shape, random), true); };
  int64_t all = layout.heads * width;
  return {draw({layout.queries.rows(), all}), draw({layout.keys.rows(), all}),
          draw({layout.keys.rows(), all}),
          draw({layout.heads, layout.queries.longest() + layout.keys.longest() - 1})};
}

// Output and all gradients, with a fixed cotangent.
std::vector<Tensor> run(const Operands& x, const AttentionLayout& layout,
                        const Dropout& dropout = {}) {
  Var y = attention(x.q, x.k, x.v, x.bias, layout, dropout);
  for (const Var& input : {x.q, x.k, x.v, x.bias}) input.zero_grad();
  y.backward(random_tensor(y.shape(), 99));
  return {y.value(), x.q.grad(), x.k.grad(), x.v.grad(), x.bias.grad()};
}

}  // namespace

TEST_SUITE("09-attention") {
  TEST_CASE("attention: equals the definition, with and without bias and causal mask") {
    for (bool causal : {false, true})
      for (int64_t heads : {1, 3})
        for (auto [queries, keys] : {std::pair{Segments({3, 1, 5}), Segments({3, 1, 5})},
                                     std::pair{Segments({2, 4}), Segments({5, 1})},
                                     std::pair{Segments({64, 65}), Segments({130, 64})}}) {
          AttentionLayout layout{heads, queries, keys, causal};
          Operands x = operands(layout, 4, 1);
          Var y = attention(x.q, x.k, x.v, x.bias, layout, {});
          CHECK(gap(y.value(),
                    naive(x.q.value(), x.k.value(), x.v.value(), x.bias.value(), layout)) <= kSums);
          Var plain = attention(x.q, x.k, x.v, Var(), layout, {});
          CHECK(gap(plain.value(),
                    naive(x.q.value(), x.k.value(), x.v.value(), Tensor(), layout)) <= kSums);
        }
  }

  TEST_CASE("attention: gradients over several tiles of queries are those of the twin") {
    for (bool causal : {false, true}) {
      AttentionLayout layout{2, Segments({130, 3}), Segments({70, 66}), causal};
      Operands x = operands(layout, 4, 9);
      std::vector<Tensor> fused = run(x, layout);
      for (const Var& input : {x.q, x.k, x.v, x.bias}) input.zero_grad();
      Var y = reference::attention(x.q, x.k, x.v, x.bias, layout, {});
      y.backward(random_tensor(y.shape(), 99));
      std::vector<Tensor> twin{y.value(), x.q.grad(), x.k.grad(), x.v.grad(), x.bias.grad()};
      for (size_t i = 0; i < twin.size(); ++i) CHECK(gap(fused[i], twin[i]) <= kSums);
    }
  }

  TEST_CASE("attention: scores are not divided by the root of the width") {
    Tensor q = Tensor::full({1, 4}, 1);
    Tensor k = Tensor::from({2, 4}, {1, 1, 1, 1, 0, 0, 0, 0});
    Tensor v = Tensor::from({2, 4}, {1, 1, 1, 1, 0, 0, 0, 0});
    AttentionLayout layout{1, Segments({1}), Segments({2})};
    Var y = attention(Var(q), Var(k), Var(v), Var(), layout, {});
    CHECK(y.value().at({0, 0}) == doctest::Approx(1 / (1 + std::exp(-4.0))).epsilon(1e-6));
  }

  TEST_CASE("attention: a sequence gets the same bits alone and in any batch") {
    AttentionLayout layout{2, Segments({3, 70, 5}), Segments({4, 66, 2})};
    for (bool causal : {false, true}) {
      layout.causal = causal;
      Operands x = operands(layout, 4, 2);
      std::vector<Tensor> together = run(x, layout);
      for (int64_t b = 0; b < 3; ++b) {
        AttentionLayout alone{2, Segments({layout.queries.length(b)}),
                              Segments({layout.keys.length(b)}), causal};
        auto rows = [&](const Tensor& t, const Segments& s) {
          return t.slice(0, s.begin(b), s.begin(b) + s.length(b));
        };
        // The distances that this sequence has, out of those of the longest.
        int64_t first = layout.queries.longest() - layout.queries.length(b);
        int64_t count = layout.queries.length(b) + layout.keys.length(b) - 1;
        Operands one{Var(rows(x.q.value(), layout.queries), true),
                     Var(rows(x.k.value(), layout.keys), true),
                     Var(rows(x.v.value(), layout.keys), true),
                     Var(x.bias.value().slice(1, first, first + count), true)};
        Var y = attention(one.q, one.k, one.v, one.bias, alone, {});
        CHECK(identical(y.value(), rows(together[0], layout.queries)));
        y.backward(rows(random_tensor(x.q.shape(), 99), layout.queries));
        CHECK(identical(one.q.grad(), rows(together[1], layout.queries)));
        CHECK(identical(one.k.grad(), rows(together[2], layout.keys)));
        CHECK(identical(one.v.grad(), rows(together[3], layout.keys)));
      }
    }
  }

  TEST_CASE("attention: a causal query does not see what comes after it") {
    AttentionLayout layout{2, Segments({70}), Segments({70}), true};
    Operands x = operands(layout, 4, 3);
    Tensor before = attention(x.q, x.k, x.v, x.bias, layout, {}).value();
    for (Var* t : {&x.k, &x.v})
      for (int64_t i = 66 * 8; i < 70 * 8; ++i) t->mutable_value().data()[i] = 1000;
    Tensor after = attention(x.q, x.k, x.v, x.bias, layout, {}).value();
    CHECK(identical(after.slice(0, 0, 66), before.slice(0, 0, 66)));
    CHECK_FALSE(identical(after, before));
  }

  TEST_CASE("attention: the same bits on one thread and on two, gradients too") {
    for (auto [queries, keys] : {std::pair{Segments({30, 7, 100, 1}), Segments({30, 7, 100, 1})},
                                 std::pair{Segments({200}), Segments({200})}})
      for (int64_t heads : {1, 4}) {
        AttentionLayout layout{heads, queries, keys, true};
        Operands x = operands(layout, 16, 4);
        auto on = [&](int threads) {
          Threads scope(threads);
          Random random(5);
          return run(x, layout, {real(0.2), &random});
        };
        std::vector<Tensor> one = on(1), two = on(2);
        for (size_t i = 0; i < one.size(); ++i) CHECK(identical(one[i], two[i]));
      }
  }

  TEST_CASE("attention: dropout acts on the weights, independently for head, query and key") {
    // Zero queries give every key the weight 1 / S; V = identity shows the weights in the output.
    const int64_t n = 64;
    AttentionLayout layout{2, Segments({n, n}), Segments({n, n})};
    Tensor zeros = Tensor::zeros({2 * n, 2 * n}), v = Tensor::zeros({2 * n, 2 * n});
    for (int64_t i = 0; i < 2 * n; ++i)
      for (int64_t h = 0; h < 2; ++h) v.data()[i * 2 * n + h * n + i % n] = 1;
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

  TEST_CASE("attention: only the operands that require a gradient receive one") {
    AttentionLayout layout{1, Segments({3}), Segments({4})};
    Operands x = operands(layout, 2, 7);
    Var k(x.k.value()), bias(x.bias.value());
    attention(x.q, k, x.v, bias, layout, {}).backward(Tensor::full({3, 2}, 1));
    CHECK_FALSE(k.grad().defined());
    CHECK_FALSE(bias.grad().defined());
    CHECK(x.q.grad().defined());
    CHECK(x.v.grad().defined());
  }

  TEST_CASE("attention: operands that do not fit name every shape") {
    AttentionLayout layout{2, Segments({3, 2}), Segments({4, 1})};
    Operands x = operands(layout, 2, 8);
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
