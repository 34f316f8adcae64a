#include "t5/generation/head_screen.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "tensor/error.h"
#include "tensor/ops/few_rows.h"
#include "tensor/ops/math.h"
#include "tensor/parallel.h"

namespace t5 {
namespace {

constexpr real kLowest = -std::numeric_limits<real>::infinity();
// The norms are rounded, too.
constexpr real kSlack = real(1.001);

real length_of(const real* x, int64_t n) {
  return std::sqrt(simd_sum(n, [x](int64_t i) { return x[i] * x[i]; }));
}

// |x - scale * rounded|
real distance(const real* x, const int8_t* rounded, float scale, int64_t n) {
  return std::sqrt(simd_sum(n, [=](int64_t i) {
    real d = x[i] - static_cast<real>(scale) * static_cast<real>(rounded[i]);
    return d * d;
  }));
}

}  // namespace

bool HeadScreen::pays(const Var& table) {
  constexpr int64_t kLarge = int64_t{1} << 22;
  return table.quantized() == nullptr && table.value().size() >= kLarge;
}

HeadScreen::HeadScreen(const Tensor& table)
    : table_(table.as_contiguous()), lengths_(table.dim(0)), errors_(table.dim(0)) {
  int64_t vocabulary = table.dim(0), width = table.dim(1);
  auto rounded = std::make_shared<Int8Rows>(table.shape());
  // A sum of `width` products in any order is off by at most this share of |h| |w|.
  real share = static_cast<real>(width) * std::numeric_limits<real>::epsilon();
  const real* data = table_.data();
  parallel_for(vocabulary, kElementGrain / width + 1, [&](int64_t begin, int64_t end) {
    for (int64_t v = begin; v < end; ++v) {
      const real* w = data + v * width;
      rounded->round(v, w);
      real error = distance(w, rounded->values.data() + v * width, rounded->scales[v], width);
      real length = length_of(w, width);
      lengths_[v] = kSlack * (length + error);
      errors_[v] = kSlack * (error + share * length);
    }
  });
  rounded_ = std::make_unique<QuantizedMatrix>(rounded);
}

Ids HeadScreen::candidates(const Tensor& x, const Ids& apart) const {
  int64_t vocabulary = table_.dim(0), width = table_.dim(1);
  Tensor products = rounded_->times(x);
  Ids ids = apart;
  std::vector<int8_t> rounded(width);
  for (int64_t r = 0; r < x.dim(0); ++r) {
    const real* h = x.data() + r * width;
    real* p = products.mutable_data() + r * vocabulary;
    float scale = quantize_row(h, width, rounded.data());
    real length = kSlack * length_of(h, width);
    real error = kSlack * distance(h, rounded.data(), scale, width);
    for (Id id : apart) p[id] = kLowest;
    const real *errors = errors_.data(), *lengths = lengths_.data();
    auto bound = [=](int64_t v) { return length * errors[v] + error * lengths[v]; };
    real best = simd_max(vocabulary, [=](int64_t v) { return p[v] - bound(v); });
    for (int64_t v = 0; v < vocabulary; ++v)
      if (p[v] + bound(v) >= best) ids.push_back(static_cast<Id>(v));
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

Tensor HeadScreen::products(const Tensor& x, const Ids& apart) const {
  check(x.dim(0) <= kMaxRows, "head screen: {} rows, {} at most", x.dim(0), kMaxRows);
  int64_t rows = x.dim(0), vocabulary = table_.dim(0), width = table_.dim(1);
  Tensor states = x.as_contiguous();
  Ids ids = candidates(states, apart);
  const real* table = table_.data();
  if (std::ssize(ids) * 8 > vocabulary) {  // too close together: fetching them is no gain
    Tensor all({rows, vocabulary});
    multiply_few_rows({rows, vocabulary, width, states.data(), width, table, width,
                       all.mutable_data(), vocabulary});
    return all;
  }
  auto count = std::ssize(ids);
  Tensor weights({count, width}), few({rows, count});
  for (int64_t i = 0; i < count; ++i)
    std::copy_n(table + ids[i] * width, width, weights.mutable_data() + i * width);
  multiply_few_rows(
      {rows, count, width, states.data(), width, weights.data(), width, few.mutable_data(), count});
  Tensor all = Tensor::full({rows, vocabulary}, kLowest);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t i = 0; i < count; ++i)
      all.mutable_data()[r * vocabulary + ids[i]] = few.data()[r * count + i];
  return all;
}

}  // namespace t5
