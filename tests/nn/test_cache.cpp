// Pass by pass with a cache equals the whole sequence at once.
#include "autograd/fused/fused.h"
#include "nn/layers/attention.h"
#include "tensor/ops/rows.h"
#include "tensor/parallel.h"
#include "tensor/storage.h"
#include "tests/support.h"

using namespace t5;
using namespace t5::testing;

namespace {

// So many new tokens in each of so many rows.
Segments each(int64_t rows, int64_t tokens) { return Segments(std::vector<int64_t>(rows, tokens)); }

KeyValueCache cache_of(int64_t rows, int64_t width, int64_t layers = 1) {
  KeyValueCache cache(layers, width);
  cache.add_rows(rows);
  return cache;
}

// One more token for each row, in the only layer.
void append(KeyValueCache& cache, const Tensor& keys, const Tensor& values) {
  cache.extend(each(cache.rows(), 1));
  cache.store(0, keys, values);
}

// The newest token of each row asks.
Tensor ask(const KeyValueCache& cache, const Tensor& query, const Tensor& bias, int64_t heads) {
  return cache.attend(0, query, each(cache.rows(), 1), bias, heads, true);
}

// The rows of token `t` of every sequence of length `length`: (B, M).
Tensor token(const Tensor& x, int64_t length, int64_t t) {
  return x.reshape({x.dim(0) / length, length, x.dim(1)}).select(1, t).contiguous_copy();
}

// What a row holds, kept by hand.
struct History {
  std::vector<Tensor> keys, values;
};

// The last query's attention over a row's own history, through the fused op.
Tensor over_history(const History& row, const Tensor& query, int64_t heads) {
  NoGrad no_grad;
  AttentionLayout layout{heads, Segments({1}), Segments({std::ssize(row.keys)})};
  return attention(Var(query), Var(concatenate(row.keys, 0)), Var(concatenate(row.values, 0)),
                   Var(), layout, {})
      .value();
}

}  // namespace

TEST_SUITE("16-generation") {
  // A query of zeros gives every key the same weight: the answer is the mean of the values.
  TEST_CASE("store: a row attends to its own tokens, the new one included, and to no other's") {
    KeyValueCache cache = cache_of(2, 1);
    Tensor zeros = Tensor::zeros({2, 1});
    std::vector<std::vector<real>> values{{1, 100}, {2, 200}, {6, 600}};
    std::vector<std::vector<real>> means{{1, 100}, {1.5, 150}, {3, 300}};
    for (size_t t = 0; t < 3; ++t) {
      append(cache, zeros, Tensor::from({2, 1}, values[t]));
      INFO("after token ", t, "; row 0 holds 1, 2, 6, row 1 holds 100, 200, 600");
      REQUIRE(cache.length(0) == static_cast<int64_t>(t) + 1);
      CHECK(difference(ask(cache, zeros, Tensor(), 1), Tensor::from({2, 1}, means[t])) == "");
    }
  }

  TEST_CASE("store: keys and values are not confused") {
    KeyValueCache cache = cache_of(1, 1);
    append(cache, Tensor::from({1, 1}, {60}), Tensor::from({1, 1}, {3}));
    append(cache, Tensor::from({1, 1}, {0}), Tensor::from({1, 1}, {7}));
    INFO(
        "the query 1 scores the keys 60 and 0: all but e^-60 of the weight is on the first value, "
        "3");
    CHECK(difference(ask(cache, Tensor::from({1, 1}, {1}), Tensor(), 1),
                     Tensor::from({1, 1}, {3})) == "");
  }

  TEST_CASE("store: rows get different numbers of tokens, and layers do not mix") {
    KeyValueCache cache = cache_of(3, 1, 2);
    Tensor zeros = Tensor::zeros({6, 1}), twos = Tensor::zeros({2, 1});
    cache.extend(Segments({3, 1, 2}));
    cache.store(0, zeros, Tensor::from({6, 1}, {1, 2, 3, 10, 100, 300}));
    cache.store(1, zeros, Tensor::from({6, 1}, {5, 5, 5, 6, 7, 7}));
    cache.extend(Segments({0, 1, 1}));
    cache.store(0, twos, Tensor::from({2, 1}, {30, 500}));
    cache.store(1, twos, Tensor::from({2, 1}, {6, 7}));
    Tensor three = Tensor::zeros({3, 1});
    INFO("row 0 holds 1, 2, 3, row 1 holds 10, 30, row 2 holds 100, 300, 500");
    CHECK(difference(cache.attend(0, three, each(3, 1), Tensor(), 1, true),
                     Tensor::from({3, 1}, {2, 20, 300})) == "");
    INFO("in layer 1 all values of a row are 5, 6 and 7");
    CHECK(difference(cache.attend(1, three, each(3, 1), Tensor(), 1, true),
                     Tensor::from({3, 1}, {5, 6, 7})) == "");
  }

  TEST_CASE("reorder: row i goes on with the history of row parents[i]") {
    KeyValueCache cache = cache_of(3, 1);
    Tensor zeros = Tensor::zeros({3, 1});
    append(cache, zeros, Tensor::from({3, 1}, {1, 10, 100}));
    append(cache, zeros, Tensor::from({3, 1}, {3, 30, 300}));
    cache.reorder({2, 0, 2});
    REQUIRE(cache.rows() == 3);
    INFO("means of the values: 2, 20 and 200 before, parents 2, 0, 2");
    CHECK(difference(ask(cache, zeros, Tensor(), 1), Tensor::from({3, 1}, {200, 2, 200})) == "");
    append(cache, zeros, Tensor::from({3, 1}, {2, 5, 5}));
    INFO("then each row appended one value of its own: 2, 5, 5");
    CHECK(difference(ask(cache, zeros, Tensor(), 1), Tensor::from({3, 1}, {134, 3, 135})) == "");
    cache.reorder({1});
    REQUIRE(cache.rows() == 1);
    CHECK(difference(ask(cache, Tensor::zeros({1, 1}), Tensor(), 1), Tensor::from({1, 1}, {3})) ==
          "");
  }

  TEST_CASE("attend: each token equals that row of causal attention over the whole sequence") {
    const int64_t rows = 3, length = 40, heads = 2, width = 8;
    Tensor q = random_tensor({rows * length, width}, 1), k = random_tensor(q.shape(), 2),
           v = random_tensor(q.shape(), 3), bias = random_tensor({heads, 2 * length - 1}, 4);
    Segments segments = each(rows, length);
    for (bool with_bias : {false, true}) {
      Tensor whole = attention(Var(q), Var(k), Var(v), with_bias ? Var(bias) : Var(),
                               {heads, segments, segments, true}, {})
                         .value();
      KeyValueCache cache = cache_of(rows, width);
      for (int64_t t = 0; t < length; ++t) {
        append(cache, token(k, length, t), token(v, length, t));
        CHECK(cache.longest() == t + 1);
        Tensor now = bias.slice(1, length - 1 - t, length).contiguous_copy();
        Tensor y = ask(cache, token(q, length, t), with_bias ? now : Tensor(), heads);
        INFO("token ", t, with_bias ? ", with a bias by distance" : "");
        REQUIRE(difference(y, token(whole, length, t), kSums) == "");
      }
    }
  }

  // Rows of lengths of their own, tokens in runs of any length, cut back now and then: what no
  // plain search does, and a draft that is checked does at every pass.
  TEST_CASE("attend: in runs of any length, each token sees what came before it in its row") {
    const int64_t heads = 2, width = 6;
    Random random(15);
    std::vector<int64_t> lengths{23, 9, 31};
    Tensor q = random_tensor({63, width}, 1), k = random_tensor(q.shape(), 2),
           v = random_tensor(q.shape(), 3), bias = random_tensor({heads, 2 * 31 - 1}, 4);
    Segments all(lengths);
    Tensor whole =
        attention(Var(q), Var(k), Var(v), Var(bias), {heads, all, all, true}, {}).value();
    KeyValueCache cache = cache_of(3, width);
    for (int pass = 0; pass < 40; ++pass) {
      Segments news;
      std::vector<Tensor> queries, keys, values, expected;
      for (int64_t b = 0; b < 3; ++b) {
        if (cache.length(b) > 0 && random.below(3) == 0)
          cache.truncate(b, random.below(cache.length(b)));
        int64_t done = cache.length(b), first = all.begin(b) + done;
        news.push_back(random.below(std::min<int64_t>(lengths[b] - done, 7) + 1));
        for (auto [from, to] :
             {std::pair{&q, &queries}, {&k, &keys}, {&v, &values}, {&whole, &expected}})
          to->push_back(from->slice(0, first, first + news.length(b)));
      }
      if (news.rows() == 0) continue;
      cache.extend(news);
      cache.store(0, concatenate(keys, 0), concatenate(values, 0));
      Tensor now = bias.slice(1, 31 - cache.longest(), 31).contiguous_copy();
      Tensor y = cache.attend(0, concatenate(queries, 0), news, now, heads, true);
      INFO("pass ", pass);
      REQUIRE(difference(y, concatenate(expected, 0), kSums) == "");
    }
  }

  TEST_CASE("cache: rows that join, leave, double and are cut back see their own history") {
    const int64_t most = 5, width = 6, heads = 3;
    Random random(5);
    KeyValueCache cache = cache_of(2, width);
    std::vector<History> rows(2);
    for (int t = 0; t < 400; ++t) {
      Segments news;
      std::vector<Tensor> keys, values, queries;
      for (History& row : rows) {
        news.push_back(1 + random.below(3));
        for (int64_t i = 0; i < news.length(news.count() - 1); ++i) {
          keys.push_back(Tensor::normal({1, width}, random));
          values.push_back(Tensor::normal({1, width}, random));
          row.keys.push_back(keys.back());
          row.values.push_back(values.back());
        }
        queries.push_back(Tensor::normal({1, width}, random));
      }
      cache.extend(news);
      cache.store(0, concatenate(keys, 0), concatenate(values, 0));
      Tensor y = ask(cache, concatenate(queries, 0), Tensor(), heads);
      for (int64_t b = 0; b < std::ssize(rows); ++b)
        REQUIRE(difference(y.slice(0, b, b + 1), over_history(rows[b], queries[b], heads), kSums) ==
                "");
      std::vector<int64_t> parents(1 + random.below(most));
      std::vector<History> next;
      for (int64_t& parent : parents) {
        parent = random.below(std::ssize(rows));
        next.push_back(rows[parent]);
      }
      cache.reorder(parents);
      rows = next;
      for (int64_t b = 0; b < std::ssize(rows); ++b) {
        if (random.below(3) > 0) continue;
        int64_t length = random.below(cache.length(b) + 1);
        cache.truncate(b, length);
        rows[b].keys.resize(length);
        rows[b].values.resize(length);
      }
      if (std::ssize(rows) < most && random.below(4) == 0) {
        cache.add_rows(1);
        rows.emplace_back();
      }
      REQUIRE(cache.rows() == std::ssize(rows));
    }
  }

  TEST_CASE("attend: threads that share the heads of one query give what one thread gives") {
    const int64_t length = 400, heads = 4, width = 256;  // enough for a thread of each head
    Tensor q = random_tensor({1, width}, 1), k = random_tensor({length, width}, 2),
           v = random_tensor(k.shape(), 3), bias = random_tensor({heads, length}, 4);
    Tensor expected = attention(Var(q), Var(k), Var(v), Var(bias),
                                {heads, Segments({1}), Segments({length}), false}, {})
                          .value();
    KeyValueCache cache = cache_of(1, width);
    cache.extend(Segments({length}));
    cache.store(0, k, v);
    set_thread_count(4);
    Tensor y = ask(cache, q, bias, heads);
    set_thread_count(0);
    CHECK(difference(y, expected, kSums) == "");
  }

  TEST_CASE(
      "cache: beams, drafts that are taken back, and rows in the place of others need no new "
      "memory") {
    const int64_t width = 64, rows = 4;
    Random random(9);
    KeyValueCache cache = cache_of(rows, width);
    Tensor token = Tensor::zeros({rows, width});
    cache.extend(each(rows, 400));  // lanes have their full length from here on
    for (int64_t b = 0; b < rows; ++b) cache.truncate(b, 1);
    int64_t before = memory_statistics().live_bytes;
    for (int t = 0; t < 300; ++t) {
      append(cache, token, token);
      std::vector<int64_t> parents(rows);
      for (int64_t& parent : parents) parent = random.below(rows);
      cache.reorder(parents);
    }
    CHECK(memory_statistics().live_bytes == before);
    for (int t = 0; t < 300; ++t) {
      append(cache, token, token);
      for (int64_t b = 0; b < rows; ++b) cache.truncate(b, cache.length(b) - 1);
    }
    CHECK(memory_statistics().live_bytes == before);
    cache.reorder({});
    cache.add_rows(rows);  // in the place of those that have left
    append(cache, token, token);
    CHECK(memory_statistics().live_bytes == before);
  }

  TEST_CASE("cache: what does not fit is refused, with the shapes") {
    KeyValueCache cache = cache_of(2, 4);
    CHECK(error_of([&] { cache.extend(each(3, 1)); }) == "cache: new tokens for 3 rows of 2");
    cache.extend(each(2, 1));
    CHECK(error_of([&] {
            cache.store(0, counting({3, 4}), counting({3, 4}));
          }) == "cache: storing (3, 4) and (3, 4) in layer 0 of 1 for 2 tokens of 4");
    CHECK_THROWS_AS(cache.store(1, counting({2, 4}), counting({2, 4})), Error);
    cache.store(0, counting({2, 4}), counting({2, 4}));
    CHECK(error_of([&] { cache.reorder({0, 2}); }) == "cache: parent 2 of 2 rows");
    CHECK(error_of([&] { cache.truncate(1, 2); }) == "cache: row 1 of 2 cut back to 2 tokens");
    CHECK_THROWS_AS(ask(cache, counting({3, 4}), Tensor(), 2), Error);
    CHECK_THROWS_AS(ask(cache, counting({2, 5}), Tensor(), 2), Error);
    CHECK_THROWS_AS(ask(cache, counting({2, 4}), Tensor(), 3), Error);
    CHECK_THROWS_AS(ask(cache, counting({2, 4}), counting({2, 2}), 2), Error);
    CHECK(error_of([&] {
            cache.attend(0, counting({4, 4}), each(2, 2), Tensor(), 2, true);
          }) == "cache: 2 queries of row 0, which has 1 tokens");
    cache.add_rows(1);
    CHECK(error_of([&] {
            cache.attend(0, counting({3, 4}), each(3, 1), Tensor(), 2, false);
          }) == "cache: 1 queries of row 2, which has 0 tokens");
  }

  TEST_CASE("cache: queries and biases that are views give what their copies give") {
    KeyValueCache cache = cache_of(2, 4);
    for (uint64_t t = 0; t < 3; ++t)
      append(cache, random_tensor({2, 4}, t), random_tensor({2, 4}, 10 + t));
    Tensor query = random_tensor({4, 2}, 20).transpose(), bias = random_tensor({3, 2}, 21);
    CHECK(identical(ask(cache, query, bias.transpose(), 2),
                    ask(cache, query.contiguous_copy(), bias.transpose().contiguous_copy(), 2)));
  }

  TEST_CASE("attend: without a mask every query sees all of its row, in any number of rows") {
    const int64_t heads = 2, width = 8;
    Segments sources({5, 2, 9}), queries({1, 3, 2, 4});
    Tensor k = random_tensor({16, width}, 6), v = random_tensor({16, width}, 7);
    KeyValueCache cache = cache_of(3, width);
    cache.extend(sources);
    cache.store(0, k, v);
    std::vector<int64_t> source{2, 0, 0, 1};
    cache.reorder(source);
    Tensor query = random_tensor({10, width}, 8);
    Tensor y = cache.attend(0, query, queries, Tensor(), heads, false);
    for (int64_t row = 0; row < 4; ++row) {
      int64_t b = source[row], first = sources.begin(b), last = first + sources.length(b);
      int64_t begin = queries.begin(row), end = begin + queries.length(row);
      AttentionLayout layout{heads, Segments({end - begin}), Segments({sources.length(b)})};
      Tensor expected = attention(Var(query.slice(0, begin, end)), Var(k.slice(0, first, last)),
                                  Var(v.slice(0, first, last)), Var(), layout, {})
                            .value();
      CHECK(difference(y.slice(0, begin, end), expected, kSums) == "");
    }
  }

  TEST_CASE("attention layer: with a cache, in two passes, it gives what it gives at once") {
    const int64_t width = 6, length = 20;
    Parameters parameters(random_source(9));
    Scope scope(parameters);
    MultiHeadAttention layer(scope / "attention", width, 2, 5, 1);
    RelativePositionBias bias(scope / "bias", 2, 8, 20, false, 1);
    Segments segments({length});
    Var x(random_tensor({length, width}, 10));
    NoGrad no_grad;
    Tensor whole = layer(x, x, bias(length, length), {segments, segments, true}, {}).value();
    KeyValueCache cache = cache_of(1, 10);
    for (auto [begin, end] : {std::pair<int64_t, int64_t>{0, 13}, {13, length}}) {
      Var news(x.value().slice(0, begin, end));
      Segments count({end - begin});
      cache.extend(count);
      // The distances of the last query, 1 - end … 0, are those of `end` queries and one key.
      Tensor y = layer(news, news, bias(end, 1), {count, {}, true, &cache}, {}).value();
      CHECK(difference(y, whole.slice(0, begin, end), kSums) == "");
    }
  }

  TEST_CASE("attention layer: a cache beside a tape or dropout is refused") {
    Parameters parameters(random_source(9));
    MultiHeadAttention layer(Scope(parameters), 6, 2, 5, 1);
    KeyValueCache cache = cache_of(1, 10);
    cache.extend(each(1, 1));
    Var x(random_tensor({1, 6}, 10));
    Reach reach{each(1, 1), {}, true, &cache};
    CHECK_THROWS_AS(layer(x, x, Var(), reach, {}), Error);
    NoGrad no_grad;
    Random random(1);
    CHECK_THROWS_AS(layer(x, x, Var(), reach, {real(0.1), &random}), Error);
  }
}
