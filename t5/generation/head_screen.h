// Which tokens can have the largest logit? For greedy search, which needs no other.
//
// The head is the largest matrix that a token is multiplied with: 66 of t5-small's 154 MB, for one
// number of 32,128. A copy in int8 has a quarter of the bytes, and how far its products can be off
// is known. With u for a row w as the copy has it, and g for the state h rounded in the same way,
//   |h w - g u| = |h (w - u) + (h - g) u| <= |h| |w - u| + |h - g| |u|
// (Cauchy and Schwarz). A token whose product, raised by this bound, is below another's, lowered by
// its own, is out. The few that are left are multiplied in full.
#pragma once

#include <memory>
#include <vector>

#include "autograd/var.h"
#include "tensor/ops/few_rows.h"
#include "tensor/ops/quantized.h"

namespace t5 {

class HeadScreen {
 public:
  // More rows at a time are not a matter of reading the matrix once.
  static constexpr int64_t kMaxRows = kFewRows;

  // Whether a head is worth a screen: too large for a cache, and in no fewer bits as it is.
  static bool pays(const Var& table);

  // `table`: (V, M), which must stay as it is.
  explicit HeadScreen(const Tensor& table);

  // x W', (rows, V): right where a product may be the largest of its row among all tokens but
  // those in `apart`, and for those in `apart`; minus infinity for the others.
  Tensor products(const Tensor& x, const Ids& apart) const;

 private:
  Ids candidates(const Tensor& x, const Ids& apart) const;

  Tensor table_;
  std::unique_ptr<QuantizedMatrix> rounded_;
  std::vector<real> lengths_, errors_;  // of each row: |u|; |w - u|, and the rounding of products
};

}  // namespace t5
