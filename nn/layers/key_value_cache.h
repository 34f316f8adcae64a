// Keys and values of past tokens, so that a pass over new tokens need not compute them again.
//
// One cache serves all layers of a stack. Its rows are the sequences that are written side by side
// (a batch, or a batch times beams), each with a length of its own. Every row writes into a lane of
// memory, token t into place t, and says for each of its tokens in which lane it stands.
// Reordering beams and dropping finished rows therefore moves a few integers, never keys.
//
// A cache belongs to one thread at a time.
#pragma once

#include <vector>

#include "tensor/segments.h"
#include "tensor/tensor.h"

namespace t5 {

class KeyValueCache {
 public:
  KeyValueCache() = default;  // of no layers
  // Tokens of `width` = H * D numbers in each of `layers` layers; no rows yet.
  KeyValueCache(int64_t layers, int64_t width) : layers_(layers), width_(width) {}

  int64_t rows() const { return std::ssize(rows_); }
  int64_t length(int64_t row) const { return std::ssize(rows_[row].lanes); }  // tokens so far
  int64_t longest() const;                                                    // of all rows

  // Rows without tokens, after those that are there.
  void add_rows(int64_t count) { rows_.resize(rows_.size() + count); }
  // Row i continues what row parents[i] was; a parent may occur twice or not at all.
  void reorder(const std::vector<int64_t>& parents);
  // Takes back all but the first `length` tokens of a row.
  void truncate(int64_t row, int64_t length);

  // Makes room for news.length(b) more tokens of each row b, and counts them.
  void extend(const Segments& news);
  // The keys and values of these tokens in one layer: (news.rows(), H * D), row after row.
  void store(int64_t layer, const Tensor& keys, const Tensor& values);

  // Attention of the last queries.length(b) tokens of each row b over the row's own tokens, in one
  // layer: (queries.rows(), H * D) -> the same. Causal: over those before it and itself; otherwise
  // over all. bias, (H, longest()), holds at [h, d + longest() - 1] that of the distance d from
  // query to key, d from 1 - longest() to 0; it may be undefined.
  Tensor attend(int64_t layer, const Tensor& query, const Segments& queries, const Tensor& bias,
                int64_t heads, bool causal) const;

 private:
  struct Row {
    std::vector<int32_t> lanes;  // of each token, the lane that it stands in
    int32_t own = -1;            // the lane that it writes into; -1: none yet
  };
  struct Lane {
    Tensor memory;  // (layers, 2, capacity, H * D): keys, then values
    int64_t used;   // the places from here on belong to no token

    int64_t capacity() const { return memory.dim(2); }
    const real* keys(int64_t layer) const;
    const real* values(int64_t layer) const { return keys(layer) + memory.strides()[1]; }
  };

  struct Query {
    const int32_t* lanes;    // of its row's tokens
    int64_t position, keys;  // its place in the row; it attends to keys 0 … keys - 1
  };

  // The last queries.length(b) tokens of each row b.
  std::vector<Query> newest(const Segments& queries, bool causal) const;
  int32_t lane_for(int64_t row) const;
  void reserve(int32_t lane, int64_t tokens);
  void count_used();

  int64_t layers_ = 0, width_ = 0;
  std::vector<Row> rows_;
  std::vector<Lane> lanes_;
  Segments news_;  // of the last extend()
};

}  // namespace t5
