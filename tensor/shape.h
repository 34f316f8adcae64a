// The extents of a tensor: up to four axes, kept inline so that a shape costs no allocation.
#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace t5 {

class Shape {
 public:
  static constexpr int kMaxRank = 4;

  Shape() = default;  // rank 0: a scalar, one element
  Shape(std::initializer_list<int64_t> extents) : Shape(extents.begin(), extents.end()) {}
  explicit Shape(const std::vector<int64_t>& extents) : Shape(extents.begin(), extents.end()) {}
  template <class Iterator>
  Shape(Iterator begin, Iterator end) {
    for (; begin != end; ++begin) push_back(*begin);
  }

  int rank() const { return rank_; }
  int64_t size() const;  // the number of elements: the product of the extents

  // `axis` counts from the front, or from the back when negative (-1 is the last).
  int64_t operator[](int axis) const { return extents_[checked_axis(axis)]; }
  int64_t& operator[](int axis) { return extents_[checked_axis(axis)]; }
  int checked_axis(int axis) const;  // as a number from 0; throws when there is no such axis

  void push_back(int64_t extent);
  const int64_t* begin() const { return extents_.data(); }
  const int64_t* end() const { return extents_.data() + rank_; }

  friend bool operator==(const Shape& a, const Shape& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  std::array<int64_t, kMaxRank> extents_{};
  int rank_ = 0;
};

std::string to_string(const Shape& shape);  // "(2, 5)"

// The strides, in elements, of a row-major tensor: the last axis is contiguous.
Shape row_major_strides(const Shape& shape);

// The shape both operands are stretched to, NumPy's rule: axes are aligned at the back, and an
// extent of 1 (or a missing axis) stretches to the other's. `op` is named when they do not fit.
Shape broadcast_shape(const char* op, const Shape& a, const Shape& b);

}  // namespace t5

// Lets messages print shapes: require(…, "matmul: {} x {}", a.shape(), b.shape()).
template <>
struct fmt::formatter<t5::Shape> {
  constexpr auto parse(fmt::format_parse_context& context) { return context.begin(); }
  fmt::format_context::iterator format(const t5::Shape& shape, fmt::format_context& context) const;
};
