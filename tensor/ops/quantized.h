// Weight matrices in fewer bits, for models that only predict.
//
// Generation reads every weight once for each token: in half or a quarter of the bytes it takes
// half or a quarter of the time. bfloat16 is the upper half of a float. int8 is a row of integers
// from -127 to 127 and one scale for them; a row of x is rounded in the same way when it arrives,
// so that the products are integers and their sums exact.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tensor/bfloat16.h"
#include "tensor/tensor.h"

namespace t5 {

// x[i] ≈ scale * out[i] with out[i] in -127 … 127, the largest |x[i]| being 127. Returns the scale.
// Int is an integer type; NaN gives a scale of NaN.
template <class Int>
float quantize_row(const real* x, int64_t n, Int* out);

// A matrix in int8: row o is values[o, :] * scales[o].
struct Int8Rows {
  explicit Int8Rows(const Shape& shape)
      : shape(shape), width(shape[1]), values(shape.size()), scales(shape[0]) {}

  void round(int64_t o, const real* row) {
    scales[o] = quantize_row(row, width, values.data() + o * width);
  }

  Shape shape;
  int64_t width;
  std::vector<int8_t> values;
  std::vector<float> scales;
};

class QuantizedMatrix {
 public:
  // (outputs, depth), row by row, in memory that `owner` keeps alive.
  QuantizedMatrix(const Shape& shape, const Bfloat16* values, std::shared_ptr<const void> owner);
  // Row o is values[o, :] * scales[o].
  QuantizedMatrix(const Shape& shape, const int8_t* values, const float* scales,
                  std::shared_ptr<const void> owner);
  explicit QuantizedMatrix(const std::shared_ptr<const Int8Rows>& rows);

  const Shape& shape() const { return shape_; }
  // x W' without a tape: (N, depth) -> (N, outputs)
  Tensor times(const Tensor& x) const;
  // The rows of an embedding: N ids -> (N, depth)
  Tensor rows(const Ids& ids) const;
  Tensor all_rows() const;  // (out, in)
  // The matrix of these rows alone, in as few bits.
  std::shared_ptr<const QuantizedMatrix> select(const Ids& ids) const;

 private:
  Shape shape_;
  const Bfloat16* halves_ = nullptr;
  const int8_t* bytes_ = nullptr;
  const float* scales_ = nullptr;
  std::shared_ptr<const void> owner_;
};

}  // namespace t5
