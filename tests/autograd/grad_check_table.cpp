// One row per differentiable op: its gradients against finite differences with a random cotangent.
// In the double-precision build the two agree to 1e-6.

#include <doctest/doctest.h>

#include "autograd/fused/fused.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/shaping.h"
#include "autograd/recompute.h"
#include "autograd/reference.h"
#include "autograd/tools/grad_check.h"
#include "tensor/bfloat16.h"
#include "tensor/ops/quantized.h"

using namespace t5;

namespace {

using Inputs = const std::vector<Var>&;

// An input: its shape, the range its elements are drawn from, and whether it is a transposed view.
struct Input {
  Shape shape;
  real low = -2, high = 2;
  bool view = false;
};

struct Row {
  const char* name;
  std::vector<Input> inputs;
  Function f;
};

Tensor draw(const Input& input, Random& random) {
  if (!input.view) return Tensor::uniform(input.shape, random, input.low, input.high);
  Shape turned = input.shape;
  std::swap(turned[-1], turned[-2]);
  return Tensor::uniform(turned, random, input.low, input.high).transpose();
}

void run(const std::vector<Row>& table) {
  uint64_t seed = 20;
  for (const Row& row : table) {
    Random random(++seed);
    std::vector<Tensor> inputs;
    for (const Input& input : row.inputs) inputs.push_back(draw(input, random));
    INFO(std::string(row.name), ", seed ", seed);
    CHECK(grad_check(row.f, inputs, random) == "");
  }
}

const AttentionLayout kSelf{2, Segments({3, 1, 4}), Segments({3, 1, 4}), false};
const AttentionLayout kCausal{2, Segments({3, 1, 4}), Segments({3, 1, 4}), true};
const AttentionLayout kCross{2, Segments({3, 1, 4}), Segments({2, 5, 1}), false};
// More queries than one tile holds.
const AttentionLayout kLong{1, Segments({66}), Segments({66}), true};

// A frozen matrix in bfloat16 or int8.
Var in_fewer_bits(int64_t outputs, int64_t depth, bool int8) {
  Shape shape{outputs, depth};
  Random random(5);
  Tensor weights = Tensor::normal(shape, random);
  auto rows = std::make_shared<Int8Rows>(shape);
  for (int64_t o = 0; o < outputs; ++o) rows->round(o, weights.data() + o * depth);
  if (int8) return Var(std::make_shared<QuantizedMatrix>(rows));
  auto halves = std::make_shared<std::vector<Bfloat16>>();
  for (real w : weights.to_vector()) halves->push_back(float_to_bfloat16(static_cast<float>(w)));
  return Var(std::make_shared<QuantizedMatrix>(shape, halves->data(), halves));
}

// x as it comes in training: where nothing is recorded, products with fewer bits round it, too.
Var recorded(const Var& x) { return x.requires_grad() ? x : Var(x.value(), true); }

Dropout half(Random& random) { return {real(0.5), &random}; }

// Rows whose op draws a mask: the generator is made anew in each call, so that the mask stays.
template <class Op>
Function with_dropout(Op op) {
  return [op](Inputs x) {
    Random random(7);
    return op(x, half(random));
  };
}

}  // namespace

TEST_SUITE("04-autograd") {
  TEST_CASE("gradients: arithmetic and elementary functions") {
    auto binary = [](Var (*op)(const Var&, const Var&)) {
      return [op](Inputs x) { return op(x[0], x[1]); };
    };
    auto unary = [](Var (*op)(const Var&)) { return [op](Inputs x) { return op(x[0]); }; };
    run({
        {"add", {{{2, 3}}, {{2, 3}}}, binary(add)},
        {"add, broadcast rows", {{{2, 3}}, {{3}}}, binary(add)},
        {"add, broadcast both", {{{2, 1}}, {{1, 3}}}, binary(add)},
        {"add, size 1 against size 1", {{{2, 1, 3}}, {{1, 1}}}, binary(add)},
        {"sub, broadcast", {{{2, 2, 3}}, {{2, 1}}}, binary(sub)},
        {"mul, broadcast", {{{3}}, {{2, 3}}}, binary(mul)},
        {"mul, non-contiguous", {{{2, 3}, -2, 2, true}, {{2, 3}}}, binary(mul)},
        {"div, broadcast", {{{2, 3}}, {{2, 1}, 1, 2}}, binary(div)},
        {"div, scalar", {{{2, 3}}, {{}, 1, 2}}, binary(div)},
        {"scale", {{{2, 3}}}, [](Inputs x) { return x[0] * real(-1.5); }},
        {"shift", {{{2, 3}}}, [](Inputs x) { return x[0] + real(0.5); }},
        {"exp", {{{2, 3}}}, unary(exp)},
        {"log", {{{2, 3}, 1, 3}}, unary(log)},
        {"sqrt", {{{2, 3}, 1, 3}}, unary(sqrt)},
        {"square", {{{2, 3}}}, unary(square)},
        {"tanh", {{{2, 3}}}, unary(tanh)},
        {"sigmoid", {{{2, 3}}}, unary(sigmoid)},
        {"relu, positive", {{{2, 3}, real(0.1), 2}}, unary(relu)},
        {"relu, negative", {{{2, 3}, -2, real(-0.1)}}, unary(relu)},
        {"one input used twice", {{{2, 3}}}, [](Inputs x) { return x[0] * x[0] + x[0]; }},
        {"one view used twice", {{{3, 3}}}, [](Inputs x) { return transpose(x[0]) * x[0]; }},
        {"a diamond",
         {{{2, 3}}},
         [](Inputs x) {
           Var y = tanh(x[0]);
           return y * exp(y) + y;
         }},
    });
  }

  TEST_CASE("gradients: views, joins, lookups, reductions, products") {
    run({
        {"reshape",
         {{{2, 3}}},
         [](Inputs x) {
           return reshape(x[0], {3, 2}) * real(2);
         }},
        {"reshape, non-contiguous",
         {{{2, 3}, -2, 2, true}},
         [](Inputs x) { return reshape(x[0], {6}); }},
        {"transpose", {{{2, 3, 2}}}, [](Inputs x) { return transpose(x[0], 0, 2); }},
        {"slice", {{{2, 5}}}, [](Inputs x) { return slice(x[0], 1, 1, 3); }},
        {"slice twice",
         {{{5}}},
         [](Inputs x) { return slice(x[0], 0, 0, 3) * slice(x[0], 0, 2, 5); }},
        {"broadcast_to",
         {{{2, 1}}},
         [](Inputs x) {
           return broadcast_to(x[0], {3, 2, 2});
         }},
        {"concatenate",
         {{{2, 1}}, {{2, 3}}},
         [](Inputs x) {
           return concatenate({x[0], x[1], x[0]}, 1);
         }},
        {"pick",
         {{{3, 4}}},
         [](Inputs x) {
           return pick(x[0], {1, 3, 0});
         }},
        {"sum", {{{2, 3}}}, [](Inputs x) { return sum(x[0]); }},
        {"sum, first axis", {{{2, 3, 2}}}, [](Inputs x) { return sum(x[0], 0); }},
        {"sum, last axis, non-contiguous",
         {{{2, 3}, -2, 2, true}},
         [](Inputs x) { return sum(x[0], -1); }},
        {"mean", {{{2, 3}}}, [](Inputs x) { return mean(x[0]); }},
        {"mean, axis", {{{2, 3}}}, [](Inputs x) { return mean(x[0], 1); }},
        {"maximum", {{{3, 4}}}, [](Inputs x) { return maximum(x[0], 1); }},
        {"matmul", {{{2, 3}}, {{3, 4}}}, [](Inputs x) { return matmul(x[0], x[1]); }},
        {"matmul, one row", {{{1, 3}}, {{3, 4}}}, [](Inputs x) { return matmul(x[0], x[1]); }},
        {"matmul, one column", {{{2, 3}}, {{3, 1}}}, [](Inputs x) { return matmul(x[0], x[1]); }},
        {"matmul, broadcast batch",
         {{{2, 1, 2, 3}}, {{3, 3, 2}}},
         [](Inputs x) { return matmul(x[0], x[1]); }},
        {"matmul, transposed views",
         {{{3, 2}, -2, 2, true}, {{2, 3}, -2, 2, true}},
         [](Inputs x) { return matmul(x[0], x[1]); }},
        {"matmul, with itself", {{{3, 3}}}, [](Inputs x) { return matmul(x[0], x[0]); }},
    });
  }
}

TEST_SUITE("21-performance") {
  TEST_CASE("gradients: a part that is computed again, with inputs used twice and with dropout") {
    GraphPart part = [](Inputs x, const Dropout& d) {
      return dropout(linear(tanh(x[0]), x[1]) * x[2], d) + x[2];
    };
    run({
        {"recompute",
         {{{3, 4}}, {{2, 4}}, {{3, 2}}},
         [=](Inputs x) { return recompute(part, x, {}); }},
        {"recompute, one input twice",
         {{{3, 3}}},
         [=](Inputs x) {
           return recompute(part, {x[0], x[0], x[0]}, {});
         }},
        {"recompute, dropout",
         {{{3, 4}}, {{2, 4}}, {{3, 2}}},
         with_dropout([=](Inputs x, Dropout d) { return recompute(part, x, d); })},
        {"recompute, a part in a part",
         {{{3, 4}}, {{2, 4}}, {{3, 2}}},
         with_dropout([=](Inputs x, Dropout d) {
           GraphPart outer = [part](Inputs y, const Dropout& e) {
             return exp(recompute(part, {y[0], y[1], y[2]}, e)) * y[2];
           };
           return recompute(outer, x, d);
         })},
    });
  }
}

TEST_SUITE("05-layers") {
  TEST_CASE("gradients: log_softmax") {
    run({
        {"log_softmax", {{{2, 5}}}, [](Inputs x) { return log_softmax(x[0]); }},
    });
  }

  TEST_CASE("gradients: linear, with one row, with operands used twice") {
    run({
        {"linear", {{{3, 4}}, {{2, 4}}}, [](Inputs x) { return linear(x[0], x[1]); }},
        {"linear, one row", {{{1, 4}}, {{2, 4}}}, [](Inputs x) { return linear(x[0], x[1]); }},
        {"linear, weight used twice",
         {{{3, 4}}, {{4, 4}}},
         [](Inputs x) { return linear(linear(x[0], x[1]), x[1]); }},
        {"linear, input used twice",
         {{{3, 4}}, {{2, 4}}, {{2, 4}}},
         [](Inputs x) { return linear(x[0], x[1]) * linear(x[0], x[2]); }},
        {"linear, frozen in bfloat16",
         {{{3, 4}}},
         [](Inputs x) {
           Recording recording;
           return linear(recorded(x[0]), in_fewer_bits(600, 4, false));
         }},
        {"linear, frozen in int8, between trained ones",
         {{{3, 4}}, {{4, 4}}, {{2, 600}}},
         [](Inputs x) {
           Recording recording;
           Var in = recorded(linear(x[0], x[1]));
           return linear(linear(in, in_fewer_bits(600, 4, true)), x[2]);
         }},
    });
  }

  TEST_CASE("gradients: cross-entropy with ignored labels, smoothing and z-loss") {
    const Ids labels{2, kIgnoredLabel, 0, 4};
    auto row = [&](CrossEntropyOptions options) {
      return [=](Inputs x) { return cross_entropy(x[0], labels, options); };
    };
    run({
        {"plain", {{{4, 5}}}, row({})},
        {"smoothing", {{{4, 5}}}, row({real(0.2), 0, 0})},
        {"z-loss", {{{4, 5}}}, row({0, real(0.1), 0})},
        {"all, normalised", {{{4, 5}}}, row({real(0.1), real(0.05), 7})},
        {"logits given away",
         {{{4, 5}}},
         [=](Inputs x) { return cross_entropy(x[0] * real(2), labels); }},
    });
  }
}

TEST_SUITE("08-embeddings") {
  TEST_CASE("gradients: gather_rows") {
    run({
        {"gather_rows, repeated ids",
         {{{4, 3}}},
         [](Inputs x) {
           return gather_rows(x[0], {1, 3, 1, 1});
         }},
        {"gather_rows, one table twice",
         {{{4, 3}}},
         [](Inputs x) {
           return gather_rows(x[0], {1, 3}) * gather_rows(x[0], {3, 0});
         }},
    });
  }
}

TEST_SUITE("09-attention") {
  TEST_CASE("gradients: softmax") {
    run({
        {"softmax", {{{2, 5}}}, [](Inputs x) { return softmax(x[0]); }},
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
      auto close = [&](const Tensor& p, const Tensor& q) {
        REQUIRE(p.shape() == q.shape());
        Tensor gap = map([](real u, real v) { return std::abs(u - v) / (1 + std::abs(v)); }, p, q);
        CHECK(maximum(gap.reshape({gap.size()}), 0).item() <= tolerance);
      };
      close(ya.value(), yb.value());
      Tensor dy = Tensor::normal(ya.shape(), random);
      ya.backward(dy);
      yb.backward(dy);
      for (size_t i = 0; i < a.size(); ++i) close(a[i].grad(), b[i].grad());
    }
  }
}
