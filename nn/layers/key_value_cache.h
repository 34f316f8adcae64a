// Keys and values of tokens already generated, so that a step costs one token.
//
// A generation has `rows` (a batch, or a batch times beams), and a lane of memory for each: row b
// writes token t in place t of lane b. A row says for each of its tokens whose lane it stands in.
// Reordering beams and dropping finished rows therefore moves a few integers, never keys.
#pragma once

#include <vector>

#include "tensor/segments.h"
#include "tensor/tensor.h"

namespace t5 {

class KeyValueCache {
 public:
  // For `rows` sequences and tokens of `width` = H * D numbers each.
  KeyValueCache(int64_t rows, int64_t width) : width_(width), rows_(rows) {}

  int64_t length() const { return length_; }  // tokens so far, the same for every row
  int64_t rows() const { return rows_; }

  // The next token of every row: key and value (rows, H * D).
  void append(const Tensor& key, const Tensor& value);
  // Row i continues what row parents[i] was; there may be fewer or repeated parents.
  void reorder(const std::vector<int64_t>& parents);

  // Attention of one query per row, (rows, H * D), over the row's own tokens, itself included.
  // bias, (H, length()), holds the bias of key j at [h, j]; it may be undefined.
  Tensor attend(const Tensor& query, const Tensor& bias, int64_t heads) const;

 private:
  void reserve(int64_t tokens);

  int64_t width_, rows_, length_ = 0;
  int64_t lanes_ = 0, capacity_ = 0;  // as many lanes as rows at the start; tokens that one holds
  Tensor keys_, values_;              // (lanes, capacity, H * D)
  std::vector<int32_t> origin_;       // [row][token]: the lane of that token
};

// Keys and values of the encoder's output, computed once for all steps. Row b of a step reads
// sequence source[b].
struct MemoryCache {
  Tensor keys, values;  // (segments.rows(), H * D)
  Segments segments;
  std::vector<int64_t> source;

  Tensor attend(const Tensor& query, int64_t heads) const;
};

}  // namespace t5
