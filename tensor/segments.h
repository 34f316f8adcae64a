// Sequences laid end to end in the rows of one matrix.
//
// A batch of sequences of different lengths is not padded to a rectangle: its tokens are the rows
// of one (N, M) matrix, sequence after sequence. Layers that work on each token alone see N rows;
// attention, the only operation that mixes tokens, is told where each sequence begins and ends, and
// that boundary is the mask.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace t5 {

class Segments {
 public:
  Segments() = default;
  explicit Segments(const std::vector<int64_t>& lengths) {
    for (int64_t length : lengths) push_back(length);
  }

  void push_back(int64_t length) {
    starts_.push_back(starts_.back() + length);
    longest_ = std::max(longest_, length);
  }
  int64_t count() const { return static_cast<int64_t>(starts_.size()) - 1; }
  int64_t rows() const { return starts_.back(); }  // of all sequences together
  int64_t begin(int64_t sequence) const { return starts_[sequence]; }
  int64_t length(int64_t sequence) const { return starts_[sequence + 1] - starts_[sequence]; }
  int64_t longest() const { return longest_; }

 private:
  std::vector<int64_t> starts_{0};  // count() + 1 of them
  int64_t longest_ = 0;
};

}  // namespace t5
