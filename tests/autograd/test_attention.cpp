// Fused attention against the definition, and what must not matter: other sequences, threads,
// tiles.
#include "tests/autograd/attention_definition.h"

using namespace t5;
using namespace t5::testing;

namespace {

struct Mistake {
  const char* what;
  std::vector<real> leads_to;
};

// "" when a column of gradients is right; otherwise both, and the known mistake that leads there.
std::string deviation(const char* name, const Tensor& got, const std::vector<real>& right,
                      const std::vector<Mistake>& mistakes) {
  auto differs = [&](const std::vector<real>& column) {
    return difference(got, Tensor::from({std::ssize(column), 1}, column));
  };
  std::string text = differs(right);
  if (text.empty()) return "";
  for (const Mistake& mistake : mistakes)
    if (differs(mistake.leads_to).empty()) text += fmt::format(": it is {}", mistake.what);
  return fmt::format("{}: {}", name, text);
}

// What mistakes make of dK by hand, where so many queries are 2, the keys' values are 4 and 8,
// their weights 1/4 and 3/4, and dy = 1.
std::vector<Mistake> key_mistakes(real queries) {
  const real log3 = static_cast<real>(std::log(3.0));  // the scores are 0 and ln 3
  std::vector<Mistake> mistakes{
      {"(P dP)' Q: the mean of dP, P · dP = 7, was not subtracted", {2, 12}},
      {"with the sum of dP, 12, in place of its mean P · dP = 7", {-4, -6}},
      {"with half the sum of dP, 6, in place of its mean P · dP = 7", {-1, 3}},
      {"with A · dP in place of P · dP: the sum comes before the scores have become P",
       {2 - 4 * log3, 12 - 12 * log3}},
      {"(dP - 7)' Q: the factor P is missing", {-6, 2}},
      {"(P (7 - dP))' Q: the sign is turned", {1.5, -1.5}},
      {"dP' Q: dP did not go through the softmax", {8, 16}},
      {"P' Q: dA' Q is wanted", {0.5, 1.5}},
      {"dA' dy: dA' Q is wanted", {-0.75, 0.75}}};
  for (Mistake& mistake : mistakes)
    for (real& element : mistake.leads_to) element *= queries;
  return mistakes;
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
    // P = (1/4, 3/4), dy = 1: dP = v = (4, 8), inner = 7, dA = P (dP - 7) = (-3/4, 3/4), and
    // dV = P' dy, dQ = dA K, dK = dA' Q.
    AttentionLayout layout{1, Segments({1}), Segments({2})};
    Var q(Tensor::from({1, 1}, {2}), true), k(Tensor::from({2, 1}, {0, kLog3 / 2}), true);
    Var v(Tensor::from({2, 1}, {4, 8}), true);
    attention(q, k, v, Var(), layout, {}).backward(Tensor::full({1, 1}, 1));
    std::string wrong = deviation("dV", v.grad(), {0.25, 0.75},
                                  {{"dA' dy: P' dy is wanted", {-0.75, 0.75}},
                                   {"exp(A)' dy: the scores were not normalised", {1, 3}},
                                   {"A' dy: the scores are not yet P", {0, kLog3}}});
    CHECK(wrong == "");
    wrong = deviation("dK", k.grad(), {-1.5, 1.5}, key_mistakes(1));
    CHECK(wrong == "");
    const real right = real(0.375) * kLog3;
    wrong =
        deviation("dQ", q.grad(), {right},
                  {{"dA V: dA K is wanted", {3}}, {"(7 - dP) P K: the sign is turned", {-right}}});
    CHECK(wrong == "");
  }

  TEST_CASE("attention: what several tiles of queries give a key adds up, by hand") {
    // 66 queries as above, which are tiles of 64 and of 2.
    AttentionLayout layout{1, Segments({66}), Segments({2})};
    Var q(Tensor::full({66, 1}, 2)), k(Tensor::from({2, 1}, {0, kLog3 / 2}), true);
    Var v(Tensor::from({2, 1}, {4, 8}), true);
    attention(q, k, v, Var(), layout, {}).backward(Tensor::full({66, 1}, 1));
    const char* last = "that of the last two queries alone: add to what the tile before left";
    std::string wrong = deviation("dV", v.grad(), {16.5, 49.5}, {{last, {0.5, 1.5}}});
    CHECK(wrong == "");
    std::vector<Mistake> mistakes = key_mistakes(66);
    mistakes.push_back({last, {-3, 3}});
    wrong = deviation("dK", k.grad(), {-99, 99}, mistakes);
    CHECK(wrong == "");
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
