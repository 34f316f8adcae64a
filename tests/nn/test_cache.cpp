// Step by step with a cache equals the whole sequence at once.
#include "autograd/fused/fused.h"
#include "nn/layers/attention.h"
#include "tensor/ops/rows.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

// The rows of token `t` of every sequence of length `length`: (B, M).
Tensor token(const Tensor& x, int64_t length, int64_t t) {
  return x.reshape({x.dim(0) / length, length, x.dim(1)}).select(1, t).contiguous_copy();
}

// The last query's attention over a row's own history, through the fused op.
Tensor over_history(const std::vector<Tensor>& keys, const std::vector<Tensor>& values,
                    const Tensor& query, int64_t heads) {
  NoGrad no_grad;
  AttentionLayout layout{heads, Segments({1}), Segments({static_cast<int64_t>(keys.size())})};
  return attention(Var(query), Var(concatenate(keys, 0)), Var(concatenate(values, 0)), Var(),
                   layout, {})
      .value();
}

}  // namespace

TEST_SUITE("16-generation") {
  // A query of zeros gives every key the same weight: the answer is the mean of the values.
  TEST_CASE("append: a row attends to its own tokens, the new one included, and to no other's") {
    KeyValueCache cache(2, 1);
    Tensor zeros = Tensor::zeros({2, 1});
    std::vector<std::vector<real>> values{{1, 100}, {2, 200}, {6, 600}};
    std::vector<std::vector<real>> means{{1, 100}, {1.5, 150}, {3, 300}};
    for (size_t t = 0; t < 3; ++t) {
      cache.append(zeros, Tensor::from({2, 1}, values[t]));
      INFO("after token ", t, "; row 0 holds 1, 2, 6, row 1 holds 100, 200, 600");
      REQUIRE(cache.length() == static_cast<int64_t>(t) + 1);
      CHECK(difference(cache.attend(zeros, Tensor(), 1), Tensor::from({2, 1}, means[t])) == "");
    }
  }

  TEST_CASE("append: keys and values are not confused") {
    KeyValueCache cache(1, 1);
    cache.append(Tensor::from({1, 1}, {60}), Tensor::from({1, 1}, {3}));
    cache.append(Tensor::from({1, 1}, {0}), Tensor::from({1, 1}, {7}));
    INFO(
        "the query 1 scores the keys 60 and 0: all but e^-60 of the weight is on the first value, "
        "3");
    CHECK(difference(cache.attend(Tensor::from({1, 1}, {1}), Tensor(), 1),
                     Tensor::from({1, 1}, {3})) == "");
  }

  TEST_CASE("reorder: row i goes on with the history of row parents[i]") {
    KeyValueCache cache(3, 1);
    Tensor zeros = Tensor::zeros({3, 1});
    cache.append(zeros, Tensor::from({3, 1}, {1, 10, 100}));
    cache.append(zeros, Tensor::from({3, 1}, {3, 30, 300}));
    cache.reorder({2, 0, 2});
    REQUIRE(cache.rows() == 3);
    INFO("means of the values: 2, 20 and 200 before, parents 2, 0, 2");
    CHECK(difference(cache.attend(zeros, Tensor(), 1), Tensor::from({3, 1}, {200, 2, 200})) == "");
    cache.append(zeros, Tensor::from({3, 1}, {2, 5, 5}));
    INFO("then each row appended one value of its own: 2, 5, 5");
    CHECK(difference(cache.attend(zeros, Tensor(), 1), Tensor::from({3, 1}, {134, 3, 135})) == "");
    cache.reorder({1});
    REQUIRE(cache.rows() == 1);
    CHECK(difference(cache.attend(Tensor::zeros({1, 1}), Tensor(), 1), Tensor::from({1, 1}, {3})) ==
          "");
  }

  TEST_CASE("cache: each step equals that row of causal attention over the whole sequence") {
    const int64_t rows = 3, length = 40, heads = 2, width = 8;
    Tensor q = random_tensor({rows * length, width}, 1), k = random_tensor(q.shape(), 2),
           v = random_tensor(q.shape(), 3), bias = random_tensor({heads, 2 * length - 1}, 4);
    Segments segments({length, length, length});
    for (bool with_bias : {false, true}) {
      Tensor whole = attention(Var(q), Var(k), Var(v), with_bias ? Var(bias) : Var(),
                               {heads, segments, segments, true}, {})
                         .value();
      KeyValueCache cache(rows, width);
      for (int64_t t = 0; t < length; ++t) {
        cache.append(token(k, length, t), token(v, length, t));
        CHECK(cache.length() == t + 1);
        Tensor now = bias.slice(1, length - 1 - t, length).contiguous_copy();
        Tensor y = cache.attend(token(q, length, t), with_bias ? now : Tensor(), heads);
        REQUIRE(gap(y, token(whole, length, t)) <= kSums);
      }
    }
  }

  TEST_CASE("cache: reordered with repeated and fewer parents, each row sees its own history") {
    const int64_t start = 4, width = 6, heads = 3;
    Random random(5);
    KeyValueCache cache(start, width);
    std::vector<std::vector<Tensor>> keys(start), values(start);
    for (int t = 0; t < 60; ++t) {
      auto rows = static_cast<int64_t>(keys.size());
      Tensor key = Tensor::normal({rows, width}, random);
      Tensor value = Tensor::normal({rows, width}, random);
      Tensor query = Tensor::normal({rows, width}, random);
      cache.append(key, value);
      for (int64_t b = 0; b < rows; ++b) {
        keys[b].push_back(key.slice(0, b, b + 1));
        values[b].push_back(value.slice(0, b, b + 1));
      }
      Tensor y = cache.attend(query, Tensor(), heads);
      for (int64_t b = 0; b < rows; ++b)
        REQUIRE(gap(y.slice(0, b, b + 1),
                    over_history(keys[b], values[b], query.slice(0, b, b + 1), heads)) <= kSums);
      std::vector<int64_t> parents(1 + random.below(start));  // from one row up to all again
      std::vector<std::vector<Tensor>> next_keys, next_values;
      for (int64_t& parent : parents) {
        parent = random.below(rows);
        next_keys.push_back(keys[parent]);
        next_values.push_back(values[parent]);
      }
      cache.reorder(parents);
      keys = next_keys, values = next_values;
      REQUIRE(cache.rows() == static_cast<int64_t>(keys.size()));
    }
  }

  TEST_CASE("cache: what does not fit is refused, with the shapes") {
    KeyValueCache cache(2, 4);
    CHECK(error_of([&] {
            cache.append(counting({3, 4}), counting({3, 4}));
          }) == "cache: appending (3, 4) and (3, 4) to 2 rows of 4");
    cache.append(counting({2, 4}), counting({2, 4}));
    CHECK(error_of([&] { cache.reorder({0, 2}); }) == "cache: parent 2 of 2 rows");
    CHECK_THROWS_AS(cache.attend(counting({3, 4}), Tensor(), 2), Error);
    CHECK_THROWS_AS(cache.attend(counting({2, 5}), Tensor(), 2), Error);
    CHECK_THROWS_AS(cache.attend(counting({2, 4}), Tensor(), 3), Error);
    CHECK_THROWS_AS(cache.attend(counting({2, 4}), counting({2, 2}), 2), Error);
    cache.reorder({0, 1, 1});
    CHECK(error_of([&] {
            cache.append(counting({3, 4}), counting({3, 4}));
          }) == "cache: 3 rows, but it began with 2");
  }

  TEST_CASE("cache: queries and biases that are views give what their copies give") {
    KeyValueCache cache(2, 4);
    for (uint64_t t = 0; t < 3; ++t)
      cache.append(random_tensor({2, 4}, t), random_tensor({2, 4}, 10 + t));
    Tensor query = random_tensor({4, 2}, 20).transpose(), bias = random_tensor({3, 2}, 21);
    CHECK(identical(cache.attend(query, bias.transpose(), 2),
                    cache.attend(query.contiguous_copy(), bias.transpose().contiguous_copy(), 2)));
    MemoryCache memory{
        random_tensor({5, 4}, 22), random_tensor({5, 4}, 23), Segments({2, 3}), {1, 0}};
    CHECK(identical(memory.attend(query, 2), memory.attend(query.contiguous_copy(), 2)));
  }

  TEST_CASE("memory: rows read the sequences that `source` names") {
    const int64_t heads = 2, width = 8;
    Segments keys({5, 2, 9});
    Tensor k = random_tensor({16, width}, 6), v = random_tensor({16, width}, 7);
    MemoryCache memory{k, v, keys, {2, 0, 0, 1}};
    Tensor query = random_tensor({4, width}, 8);
    Tensor y = memory.attend(query, heads);
    for (int64_t row = 0; row < 4; ++row) {
      int64_t b = memory.source[row], first = keys.begin(b), last = first + keys.length(b);
      AttentionLayout layout{heads, Segments({1}), Segments({keys.length(b)})};
      Tensor expected = attention(Var(query.slice(0, row, row + 1)), Var(k.slice(0, first, last)),
                                  Var(v.slice(0, first, last)), Var(), layout, {})
                            .value();
      CHECK(gap(y.slice(0, row, row + 1), expected) <= kSums);
    }
    CHECK_THROWS_AS(memory.attend(counting({3, width}), heads), Error);
    CHECK_THROWS_AS(memory.attend(counting({4, width}), 3), Error);
    memory.source[0] = 3;
    CHECK_THROWS_AS(memory.attend(query, heads), Error);
  }

  TEST_CASE("attention layer: token by token equals the whole sequence, with T5's bias") {
    const int64_t width = 6, length = 20;
    Parameters parameters(random_source(9));
    Scope scope(parameters);
    MultiHeadAttention layer(scope / "attention", width, 2, 5, 1);
    RelativePositionBias bias(scope / "bias", 2, 8, 20, false, 1);
    Segments segments({length, length});
    Var x(random_tensor({2 * length, width}, 10));
    NoGrad no_grad;
    Tensor whole = layer(x, x, bias(length, length), segments, segments, true, {}).value();
    KeyValueCache cache(2, 10);
    for (int64_t t = 0; t < length; ++t) {
      // The distances of query t to keys 0 … t are the first t + 1 of a (t + 1)-square.
      Tensor row = bias(t + 1, t + 1).value().slice(1, 0, t + 1).contiguous_copy();
      Tensor y = layer.step(token(x.value(), length, t), row, cache);
      REQUIRE(gap(y, token(whole, length, t)) <= kSums);
    }
  }

  TEST_CASE("attention layer: cross-attention by `remember` equals the layer on all queries") {
    const int64_t width = 6;
    Parameters parameters(random_source(11));
    MultiHeadAttention layer(Scope(parameters), width, 2, 5, 1);
    Var x(random_tensor({2, width}, 12)), memory(random_tensor({7, width}, 13));
    Segments keys({4, 3});
    NoGrad no_grad;
    Tensor whole = layer(x, memory, Var(), Segments({1, 1}), keys, false, {}).value();
    MemoryCache cache = layer.remember(memory.value(), keys);
    CHECK(cache.source == std::vector<int64_t>{0, 1});
    CHECK(gap(layer.step(x.value(), cache), whole) <= kSums);
  }
}
