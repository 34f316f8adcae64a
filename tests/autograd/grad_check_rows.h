// Rows of the gradient-check tables: an op, its inputs, and the check.
#pragma once

#include <doctest/doctest.h>
#include "autograd/fused/fused.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/shaping.h"
#include "autograd/recompute.h"
#include "autograd/reference.h"
#include "autograd/tools/grad_check.h"
#include "tensor/bfloat16.h"
#include "tensor/ops/quantized.h"

namespace t5::testing {

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

inline Tensor draw(const Input& input, Random& random) {
  if (!input.view) return Tensor::uniform(input.shape, random, input.low, input.high);
  Shape turned = input.shape;
  std::swap(turned[-1], turned[-2]);
  return Tensor::uniform(turned, random, input.low, input.high).transpose();
}

inline void run(const std::vector<Row>& table) {
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
inline Var in_fewer_bits(int64_t outputs, int64_t depth, bool int8) {
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
inline Var recorded(const Var& x) { return x.requires_grad() ? x : Var(x.value(), true); }

inline Dropout half(Random& random) { return {real(0.5), &random}; }

// Rows whose op draws a mask: the generator is made anew in each call, so that the mask stays.
template <class Op>
inline Function with_dropout(Op op) {
  return [op](Inputs x) {
    Random random(7);
    return op(x, half(random));
  };
}

}  // namespace t5::testing
