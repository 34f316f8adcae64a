// Multi-head attention and T5's relative position bias, for whole sequences and for new tokens of
// sequences that are being written.
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

// Which tokens the queries of a pass attend to.
struct Reach {
  Segments queries, keys;  // sequence b: rows queries b of x attend to rows keys b of memory
  bool causal = false;     // to those before them and themselves only
  // In generation: keys and values are kept here, and the queries of row b attend to all of the
  // row's, `keys` being left empty. Nothing is recorded then.
  KeyValueCache* cache = nullptr;
};

struct MultiHeadAttention {
  int64_t heads, layer;
  Linear q, k, v, o;

  // heads * head_width need not be the model's width. `layer`: its number in a stack, and a cache.
  MultiHeadAttention(Scope scope, int64_t width, int64_t heads, int64_t head_width, double factor,
                     int64_t layer = 0);

  // x: (queries.rows(), M), memory: (keys.rows(), M), the same as x for self-attention. With a
  // cache memory holds the tokens of its last extend(), and is undefined when they have been
  // stored.
  Var operator()(const Var& x, const Var& memory, const Var& bias, const Reach& reach,
                 const Dropout& dropout) const;
  // Puts the keys and values of the cache's newest tokens, (N, M), there.
  void remember(const Var& memory, KeyValueCache& cache) const;
};

}  // namespace t5
