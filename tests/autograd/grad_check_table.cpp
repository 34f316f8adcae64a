// One row per differentiable op: its gradients against finite differences with a random cotangent.
// In the double-precision build the two agree to 1e-6.

#include "tests/autograd/grad_check_rows.h"

using namespace t5;
using namespace t5::testing;

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
