#include "nn/layers/key_value_cache.h"

#include <algorithm>
#include <cmath>

#include "tensor/error.h"
#include "tensor/ops/math.h"
#include "tensor/ops/reduce.h"
#include "tensor/parallel.h"

namespace t5 {
namespace {

// out = sum_j softmax_j(q . key(j) + bias[j]) value(j), for one head: q and out have D numbers,
// key(j) and value(j) point to D. `scores` is scratch for `count` numbers.
template <class Key, class Value>
void attend_one(const real* q, const real* bias, int64_t count, int64_t width, const Key& key,
                const Value& value, real* scores, real* out) {
  for (int64_t j = 0; j < count; ++j) {
    const real* k = key(j);
    scores[j] = simd_sum(width, [=](int64_t i) { return q[i] * k[i]; });
  }
  if (bias != nullptr)
    for (int64_t j = 0; j < count; ++j) scores[j] += bias[j];
  softmax_row(scores, count);
  std::fill_n(out, width, real(0));
  for (int64_t j = 0; j < count; ++j) {
    const real *v = value(j), p = scores[j];
#pragma omp simd
    for (int64_t i = 0; i < width; ++i) out[i] += p * v[i];
  }
}

// Runs one(row, head, scratch) for every head of every row, `longest` scores of scratch each.
template <class One>
void for_heads(int64_t rows, int64_t heads, int64_t longest, int64_t width, const One& one) {
  int64_t grain = kElementGrain / std::max<int64_t>(longest * width, 1);
  parallel_for(rows * heads, grain, [&](int64_t begin, int64_t end) {
    std::vector<real> scratch(longest);
    for (int64_t item = begin; item < end; ++item) one(item / heads, item % heads, scratch.data());
  });
}

}  // namespace

void KeyValueCache::reserve(int64_t tokens) {
  if (tokens <= capacity_) return;
  capacity_ = std::max<int64_t>({tokens, 2 * capacity_, 16});
  slots_per_token_ = std::max(slots_per_token_, rows_);
  for (Tensor* store : {&keys_, &values_}) {
    Tensor larger({capacity_, slots_per_token_, width_});
    if (length_ > 0)
      std::copy_n(std::as_const(*store).data(), length_ * slots_per_token_ * width_, larger.data());
    *store = larger;
  }
}

void KeyValueCache::append(const Tensor& key, const Tensor& value) {
  check(key.shape() == Shape({rows_, width_}) && value.shape() == key.shape() && key.contiguous() &&
            value.contiguous(),
        "cache: appending {} and {} to {} rows of {}", key.shape(), value.shape(), rows_, width_);
  check(length_ == 0 || rows_ <= slots_per_token_, "cache: {} rows, but it began with {}", rows_,
        slots_per_token_);
  reserve(length_ + 1);
  // exercise 16-generation/append — one key and one value a row, and the number of their slot
  int64_t first = length_ * slots_per_token_;
  std::copy_n(key.data(), key.size(), keys_.data() + first * width_);
  std::copy_n(value.data(), value.size(), values_.data() + first * width_);
  std::vector<int32_t> longer;
  for (int64_t b = 0; b < rows_; ++b) {
    auto history = origin_.begin() + b * length_;
    longer.insert(longer.end(), history, history + length_);
    longer.push_back(static_cast<int32_t>(first + b));
  }
  origin_ = std::move(longer);
  ++length_;
  // end exercise
}

void KeyValueCache::reorder(const std::vector<int64_t>& parents) {
  for (int64_t parent : parents)
    check(parent >= 0 && parent < rows_, "cache: parent {} of {} rows", parent, rows_);
  // exercise 16-generation/reorder — row i takes over the history of row parents[i]
  std::vector<int32_t> next;
  for (int64_t parent : parents) {
    auto history = origin_.begin() + parent * length_;
    next.insert(next.end(), history, history + length_);
  }
  origin_ = std::move(next);
  rows_ = std::ssize(parents);
  // end exercise
}

Tensor KeyValueCache::attend(const Tensor& query, const Tensor& bias, int64_t heads) const {
  check(query.shape() == Shape({rows_, width_}) && heads > 0 && width_ % heads == 0,
        "cache: query {} for {} rows of {} in {} heads", query.shape(), rows_, width_, heads);
  check(length_ > 0, "cache: no tokens to attend to");
  check(!bias.defined() || bias.shape() == Shape({heads, length_}),
        "cache: bias {} instead of ({}, {})", bias.shape(), heads, length_);
  int64_t width = width_ / heads;
  Tensor out({rows_, width_}), queries = query.as_contiguous();
  Tensor biases = bias.defined() ? bias.as_contiguous() : Tensor();
  const real *q = std::as_const(queries).data(), *k = keys_.data(), *v = values_.data();
  const real* b = biases.defined() ? std::as_const(biases).data() : nullptr;
  real* y = out.data();
  for_heads(rows_, heads, length_, width, [&](int64_t row, int64_t head, real* scratch) {
    const int32_t* slots = origin_.data() + row * length_;
    int64_t at = head * width, offset = row * width_ + at;
    attend_one(
        q + offset, b != nullptr ? b + head * length_ : nullptr, length_, width,
        [=, this](int64_t j) { return k + slots[j] * width_ + at; },
        [=, this](int64_t j) { return v + slots[j] * width_ + at; }, scratch, y + offset);
  });
  return out;
}

Tensor MemoryCache::attend(const Tensor& query, int64_t heads) const {
  int64_t rows = query.dim(0), all = query.dim(1), width = all / heads;
  check(static_cast<int64_t>(source.size()) == rows, "memory: {} queries for {} rows", rows,
        source.size());
  check(keys.shape() == Shape({segments.rows(), all}) && values.shape() == keys.shape() &&
            heads > 0 && all % heads == 0,
        "memory: keys {} and values {} for queries {} in {} heads", keys.shape(), values.shape(),
        query.shape(), heads);
  for (int64_t b : source)
    check(b >= 0 && b < segments.count(), "memory: source {} of {} sequences", b, segments.count());
  Tensor out({rows, all}), queries = query.as_contiguous();
  const real *q = std::as_const(queries).data(), *k = keys.data(), *v = values.data();
  real* y = out.data();
  for_heads(rows, heads, segments.longest(), width, [&](int64_t row, int64_t head, real* scratch) {
    int64_t at = head * width, offset = row * all + at, first = segments.begin(source[row]);
    attend_one(
        q + offset, nullptr, segments.length(source[row]), width,
        [=](int64_t j) { return k + (first + j) * all + at; },
        [=](int64_t j) { return v + (first + j) * all + at; }, scratch, y + offset);
  });
  return out;
}

}  // namespace t5
