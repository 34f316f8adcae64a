// Attention as it is defined, in plain loops, and what every form of it is held to.
#pragma once

#include "autograd/fused/fused.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/shaping.h"
#include "autograd/reference.h"
#include "tests/support.h"

namespace t5::testing {

// The output for one query of one head: softmax over keys 0 … count of q . k + bias, times v. All
// tensors are (rows, H * D); `first` is the row of the sequence's key 0.
inline std::vector<double> attend_naively(const Tensor& q, const Tensor& k, const Tensor& v,
                                          int64_t row, int64_t first, int64_t count, int64_t column,
                                          int64_t width, const std::vector<double>& bias) {
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

inline Tensor naive(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& bias,
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

inline Operands operands(const AttentionLayout& layout, int64_t width, uint64_t seed, bool biased) {
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
inline std::vector<Tensor> run(Attention& attend, const Operands& x, const AttentionLayout& layout,
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

inline void check_definition(Attention& attend, bool biased) {
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

inline void check_gradients_of_twin(bool biased) {
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
inline Operands only(const Operands& x, const AttentionLayout& layout, int64_t b) {
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

inline void check_alone_and_together(bool biased) {
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

inline void check_threads(bool biased, real dropout_rate) {
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

}  // namespace t5::testing
