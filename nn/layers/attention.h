// Multi-head attention and T5's relative position bias, for whole sequences and token by token.
#pragma once

#include <optional>

#include "nn/layers/basic.h"
#include "nn/layers/key_value_cache.h"

namespace t5 {

// T5's positions (Raffel et al. 2020, section 2.1): one learned number per head and bucket of
// distance, added to the scores. Distances are those from query to key, key position - query
// position.
struct RelativePositionBias {
  Var weight;  // (buckets, H)
  bool bidirectional;
  int64_t max_distance;

  RelativePositionBias(Scope scope, int64_t heads, int64_t buckets, int64_t max_distance,
                       bool bidirectional, double deviation)
      : weight(scope.parameter("weight", {buckets, heads}, Init::normal(deviation))),
        bidirectional(bidirectional),
        max_distance(max_distance) {}

  // (H, T + S - 1): the bias of every distance from -(T - 1) to S - 1, as attention() takes it.
  Var operator()(int64_t longest_query, int64_t longest_key) const;
};

// The bucket of one distance. Half of the buckets hold one distance each, the others ranges that
// grow logarithmically up to max_distance; beyond it everything falls into the last. Bidirectional:
// half of the buckets are for keys after the query.
Id relative_position_bucket(int64_t distance, bool bidirectional, int64_t buckets,
                            int64_t max_distance);

struct MultiHeadAttention {
  int64_t heads;
  Linear q, k, v, o;

  // heads * head_width need not be the model's width.
  MultiHeadAttention(Scope scope, int64_t width, int64_t heads, int64_t head_width, double factor);

  // x: (queries.rows(), M), memory: (keys.rows(), M), the same as x for self-attention.
  Var operator()(const Var& x, const Var& memory, const Var& bias, const Segments& queries,
                 const Segments& keys, bool causal, const Dropout& dropout) const;

  // One new token for each row of the cache: x (B, M) -> (B, M). Self-attention appends the token's
  // key and value to the cache; cross-attention reads a cache that `remember` filled.
  Tensor step(const Tensor& x, const Tensor& bias, KeyValueCache& cache) const;
  Tensor step(const Tensor& x, const MemoryCache& memory) const;
  MemoryCache remember(const Tensor& memory, const Segments& segments) const;
};

}  // namespace t5
