// The second half of the table in grad_check_table.cpp: the fused ops, and their twins.
#include "tests/autograd/grad_check_rows.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

TEST_SUITE("09-attention") {
  TEST_CASE("gradients: softmax") {
    run({
        {"softmax", {{{2, 5}}}, [](Inputs x) { return softmax(x[0]); }},
    });
  }
}

TEST_SUITE("transfer") {
  TEST_CASE("gradients: a product added to what is there, kept or given away") {
    run({
        {"add_linear",
         {{{3, 4}}, {{3, 2}}, {{4, 2}}},
         [](Inputs x) { return add_linear(x[0], x[1], x[2]); }},
        {"add_linear, written over what is given away",
         {{{3, 4}}, {{3, 2}}, {{4, 2}}},
         [](Inputs x) { return add_linear(linear(x[1], x[2]), x[1], x[2]) * x[0]; }},
        {"add_linear, what is added to is used again",
         {{{3, 4}}, {{3, 2}}, {{4, 2}}},
         [](Inputs x) {
           Var y = linear(x[1], x[2]);
           return add_linear(y, x[1], x[2]) * y + x[0];
         }},
    });
  }
}

TEST_SUITE("11-encoder") {
  TEST_CASE("gradients: dropout") {
    run({
        {"dropout", {{{2, 9}}}, with_dropout([](Inputs x, Dropout d) { return dropout(x[0], d); })},
    });
  }

  TEST_CASE("gradients: fused norm, activations, residual") {
    std::vector<Row> rows = {
        {"rms_norm", {{{3, 5}}, {{5}}}, [](Inputs x) { return rms_norm(x[0], x[1], real(1e-6)); }},
        {"rms_norm, input used twice",
         {{{3, 5}}, {{5}}},
         [](Inputs x) { return x[0] + rms_norm(x[0], x[1], real(1e-6)); }},
        {"rms_norm, weight used twice",
         {{{3, 5}}, {{5}}},
         [](Inputs x) { return rms_norm(rms_norm(x[0], x[1], real(1e-6)), x[1], real(1e-6)); }},
        {"rms_norm, non-contiguous",
         {{{3, 5}, -2, 2, true}, {{5}}},
         [](Inputs x) { return rms_norm(x[0], x[1], real(1e-6)); }},
        {"add_residual", {{{3, 5}}, {{3, 5}}}, with_dropout([](Inputs x, Dropout d) {
           return add_residual(x[0], x[1], d);
         })},
        {"add_residual, twice the same",
         {{{3, 5}}},
         [](Inputs x) { return add_residual(x[0], x[0], {}); }},
        {"add_residual, written over a branch that is given away",
         {{{3, 5}}, {{3, 5}}},
         with_dropout([](Inputs x, Dropout d) { return add_residual(x[0], x[0] * x[1], d); })},
        {"activate, written over an input that is given away",
         {{{3, 5}, real(0.1), 2}, {{3, 5}, real(0.1), 2}},
         with_dropout([](Inputs x, Dropout d) {
           return activate(Activation::kRelu, x[0] * x[1], d) -
                  activate(Activation::kRelu, x[0], d);
         })},
    };
    for (Activation f : {Activation::kRelu, Activation::kGelu, Activation::kSilu}) {
      real low = f == Activation::kRelu ? real(0.1) : -2;
      rows.push_back({"activate", {{{3, 5}, low, 2}}, with_dropout([f](Inputs x, Dropout d) {
                        return activate(f, x[0], d);
                      })});
      rows.push_back(
          {"activate_gated", {{{3, 5}, low, 2}, {{3, 5}}}, with_dropout([f](Inputs x, Dropout d) {
             return activate_gated(f, x[0], x[1], d);
           })});
    }
    run(rows);
  }
}

Function attend(const AttentionLayout& layout) {
  return [layout](Inputs x) {
    return attention(x[0], x[1], x[2], x.size() > 3 ? x[3] : Var(), layout, {});
  };
}

TEST_SUITE("09-attention") {
  TEST_CASE("gradients: attention over sequences of different lengths, with and without mask") {
    run({
        {"self", {{{8, 4}}, {{8, 4}}, {{8, 4}}}, attend(kSelf)},
        {"causal", {{{8, 4}}, {{8, 4}}, {{8, 4}}}, attend(kCausal)},
        {"cross", {{{8, 4}}, {{8, 4}}, {{8, 4}}}, attend(kCross)},
        {"two tiles", {{{66, 1}}, {{66, 1}}, {{66, 1}}}, attend(kLong)},
        {"all operands used twice",
         {{{8, 4}}, {{8, 4}}, {{8, 4}}},
         [](Inputs x) { return attend(kCross)(x) * attend(kSelf)(x); }},
        {"one Var for q, k and v",
         {{{8, 4}}},
         [](Inputs x) { return attention(x[0], x[0], x[0], Var(), kSelf, {}); }},
        {"one Var for k and v, causal",
         {{{8, 4}}, {{8, 4}}},
         [](Inputs x) { return attention(x[0], x[1], x[1], Var(), kCausal, {}); }},
    });
  }
}

TEST_SUITE("10-positions") {
  TEST_CASE("gradients: attention with a bias by distance") {
    run({
        {"self", {{{8, 4}}, {{8, 4}}, {{8, 4}}, {{2, 7}}}, attend(kSelf)},
        {"causal", {{{8, 4}}, {{8, 4}}, {{8, 4}}, {{2, 7}}}, attend(kCausal)},
        {"cross", {{{8, 4}}, {{8, 4}}, {{8, 4}}, {{2, 8}}}, attend(kCross)},
        {"two tiles", {{{66, 1}}, {{66, 1}}, {{66, 1}}, {{1, 131}}}, attend(kLong)},
    });
  }
}

TEST_SUITE("11-encoder") {
  TEST_CASE("gradients: attention with dropout on its weights") {
    auto row = [](AttentionLayout layout) {
      return with_dropout(
          [layout](Inputs x, Dropout d) { return attention(x[0], x[1], x[2], x[3], layout, d); });
    };
    run({
        {"self", {{{8, 4}}, {{8, 4}}, {{8, 4}}, {{2, 7}}}, row(kSelf)},
        {"causal", {{{8, 4}}, {{8, 4}}, {{8, 4}}, {{2, 7}}}, row(kCausal)},
        {"cross", {{{8, 4}}, {{8, 4}}, {{8, 4}}, {{2, 8}}}, row(kCross)},
        {"all operands used twice",
         {{{8, 4}}, {{8, 4}}, {{8, 4}}, {{2, 8}}},
         [=](Inputs x) { return attend(kCross)(x) * row(kCross)(x); }},
    });
  }
}

TEST_SUITE("21-performance") {
  TEST_CASE("gradients: linear_cross_entropy in chunks, ignored labels, a weight used twice") {
    const Ids labels{2, kIgnoredLabel, 0, 4, 4, kIgnoredLabel, 1};
    auto row = [&](int64_t chunk, CrossEntropyOptions options) {
      return [=](Inputs x) { return linear_cross_entropy(x[0], x[1], labels, options, chunk); };
    };
    const std::vector<Input> operands{{{7, 3}}, {{5, 3}}};
    run({
        {"a row at a time", operands, row(1, {})},
        {"chunks of 2 and 3 rows", operands, row(4, {})},
        {"one chunk", operands, row(5, {})},
        {"smoothing, z-loss, normalised", operands, row(2, {real(0.1), real(0.05), 9})},
        {"views", {{{7, 3}, -2, 2, true}, {{5, 3}, -2, 2, true}}, row(2, {})},
        {"a tied embedding",
         {{{5, 3}}},
         [=](Inputs x) {
           Var states = gather_rows(x[0], {0, 1, 2, 3, 4, 0, 2});
           return linear_cross_entropy(states, x[0], labels, {}, 2);
         }},
        {"two losses of one state", operands,
         [=](Inputs x) {
           return linear_cross_entropy(x[0], x[1], labels, {}, 3) * real(2) +
                  linear_cross_entropy(x[0], x[1], Ids(7, 3), {}, 2);
         }},
    });
  }

  TEST_CASE("fused ops and their twins of simple ops: same values, same gradients") {
    struct Pair {
      const char* name;
      std::vector<Input> inputs;
      Function fused, twin;
    };
    std::vector<Pair> pairs = {
        {"rms_norm",
         {{{3, 5}}, {{5}}},
         [](Inputs x) { return rms_norm(x[0], x[1], real(1e-6)); },
         [](Inputs x) { return reference::rms_norm(x[0], x[1], real(1e-6)); }},
        {"add_residual",
         {{{3, 5}}, {{3, 5}}},
         with_dropout([](Inputs x, Dropout d) { return add_residual(x[0], x[1], d); }),
         with_dropout([](Inputs x, Dropout d) { return reference::add_residual(x[0], x[1], d); })},
    };
    for (Activation f : {Activation::kRelu, Activation::kGelu, Activation::kSilu}) {
      pairs.push_back(
          {"activate",
           {{{7, 5}}},
           with_dropout([f](Inputs x, Dropout d) { return activate(f, x[0], d); }),
           with_dropout([f](Inputs x, Dropout d) { return reference::activate(f, x[0], d); })});
      pairs.push_back(
          {"activate_gated",
           {{{7, 5}}, {{7, 5}}},
           with_dropout([f](Inputs x, Dropout d) { return activate_gated(f, x[0], x[1], d); }),
           with_dropout(
               [f](Inputs x, Dropout d) { return reference::activate_gated(f, x[0], x[1], d); })});
    }
    for (const AttentionLayout& layout : {kSelf, kCausal, kCross, kLong}) {
      int64_t width = 2 * layout.heads, n = layout.queries.rows(), m = layout.keys.rows();
      int64_t distances = layout.queries.longest() + layout.keys.longest() - 1;
      pairs.push_back(
          {"attention",
           {{{n, width}}, {{m, width}}, {{m, width}}, {{layout.heads, distances}}},
           [=](Inputs x) { return attention(x[0], x[1], x[2], x[3], layout, {}); },
           [=](Inputs x) { return reference::attention(x[0], x[1], x[2], x[3], layout, {}); }});
    }
    const Ids labels{70, kIgnoredLabel, 0, 12, 12, kIgnoredLabel, 1};
    for (CrossEntropyOptions options : {CrossEntropyOptions{}, {real(0.1), real(0.01), 9}})
      pairs.push_back(
          {"linear_cross_entropy",
           {{{7, 5}}, {{71, 5}}},
           [=](Inputs x) { return linear_cross_entropy(x[0], x[1], labels, options, 2); },
           [=](Inputs x) { return reference::linear_cross_entropy(x[0], x[1], labels, options); }});
    const double tolerance = kDoublePrecision ? 1e-12 : 2e-5;
    for (const Pair& pair : pairs) {
      INFO(std::string(pair.name));
      Random random(3);
      std::vector<Var> a, b;
      for (const Input& input : pair.inputs) {
        Tensor value = draw(input, random);
        a.emplace_back(value, true);
        b.emplace_back(value, true);
      }
      Var ya = pair.fused(a), yb = pair.twin(b);
      CHECK(difference(ya.value(), yb.value(), tolerance) == "");
      Tensor dy = Tensor::normal(ya.shape(), random);
      ya.backward(dy);
      yb.backward(dy);
      for (size_t i = 0; i < a.size(); ++i) {
        INFO("gradient of operand ", i);
        CHECK(difference(a[i].grad(), b[i].grad(), tolerance) == "");
      }
    }
  }
}
