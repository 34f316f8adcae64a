#include "nn/layers/key_value_cache.h"

#include <algorithm>
#include <cmath>

#include "tensor/error.h"
#include "tensor/ops/math.h"
#include "tensor/ops/reduce.h"
#include "tensor/parallel.h"

namespace t5 {
namespace {

// Some heads of one row that stand side by side.
struct Heads {
  int64_t count, width;  // so many of D numbers each
  int64_t keys;          // that each attends to
};

// out = sum_j softmax_j(q . key(j) + bias[j]) value(j), for each head. q, key(j), value(j) and out
// point to the first head's D numbers, the next head's follow; bias, which may be null, has a row
// of `keys` numbers for each head. Keys go round the outer loop: all heads of one are one run of
// memory. `scores` is scratch for heads.count * heads.keys numbers.
template <class Key, class Value>
void attend_heads(const Heads& heads, const real* q, const real* bias, const Key& key,
                  const Value& value, real* scores, real* out) {
  int64_t n = heads.keys, width = heads.width;
  for (int64_t j = 0; j < n; ++j) {
    const real* k = key(j);
    for (int64_t h = 0; h < heads.count; ++h) {
      real sum = 0;
#pragma omp simd reduction(+ : sum)
      for (int64_t i = h * width; i < (h + 1) * width; ++i) sum += q[i] * k[i];
      scores[h * n + j] = bias == nullptr ? sum : sum + bias[h * n + j];
    }
  }
  for (int64_t h = 0; h < heads.count; ++h) softmax_row(scores + h * n, n);
  std::fill_n(out, heads.count * width, real(0));
  for (int64_t j = 0; j < n; ++j) {
    const real* v = value(j);
    for (int64_t h = 0; h < heads.count; ++h) {
      real p = scores[h * n + j];
#pragma omp simd
      for (int64_t i = h * width; i < (h + 1) * width; ++i) out[i] += p * v[i];
    }
  }
}

// Runs some(row, first head, how many, scratch) until every head of every row was among them: whole
// rows where there are enough of them, shares of a row for each thread otherwise.
template <class Some>
void for_heads(int64_t rows, int64_t heads, int64_t longest, int64_t width, const Some& some) {
  int64_t grain = kElementGrain / std::max<int64_t>(longest * width, 1);
  parallel_for(rows * heads, grain, [&](int64_t begin, int64_t end) {
    std::vector<real> scratch(heads * longest);
    while (begin < end) {
      int64_t first = begin % heads, count = std::min(heads - first, end - begin);
      some(begin / heads, first, count, scratch.data());
      begin += count;
    }
  });
}

}  // namespace

void KeyValueCache::reserve(int64_t tokens) {
  if (tokens <= capacity_) return;
  int64_t room = std::max<int64_t>({tokens, 2 * capacity_, 16});
  lanes_ = std::max(lanes_, rows_);
  for (Tensor* store : {&keys_, &values_}) {
    Tensor larger({lanes_, room, width_});
    for (int64_t lane = 0; length_ > 0 && lane < lanes_; ++lane)
      std::copy_n(store->data() + lane * capacity_ * width_, length_ * width_,
                  larger.mutable_data() + lane * room * width_);
    *store = larger;
  }
  capacity_ = room;
}

void KeyValueCache::append(const Tensor& key, const Tensor& value) {
  check(key.shape() == Shape({rows_, width_}) && value.shape() == key.shape() && key.contiguous() &&
            value.contiguous(),
        "cache: appending {} and {} to {} rows of {}", key.shape(), value.shape(), rows_, width_);
  check(length_ == 0 || rows_ <= lanes_, "cache: {} rows, but it began with {}", rows_, lanes_);
  reserve(length_ + 1);
  // exercise 16-generation/append — one key and one value a row, and the lane that they stand in
  std::vector<int32_t> longer;
  for (int64_t b = 0; b < rows_; ++b) {
    int64_t place = (b * capacity_ + length_) * width_;
    std::copy_n(key.data() + b * width_, width_, keys_.mutable_data() + place);
    std::copy_n(value.data() + b * width_, width_, values_.mutable_data() + place);
    auto history = origin_.begin() + b * length_;
    longer.insert(longer.end(), history, history + length_);
    longer.push_back(static_cast<int32_t>(b));
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
  const real *q = queries.data(), *k = keys_.data(), *v = values_.data();
  const real* b = biases.defined() ? biases.data() : nullptr;
  real* y = out.mutable_data();
  for_heads(rows_, heads, length_, width,
            [&](int64_t row, int64_t first, int64_t count, real* scratch) {
              const int32_t* lanes = origin_.data() + row * length_;
              int64_t at = first * width, offset = row * width_ + at;
              auto place = [=, this](int64_t j) { return (lanes[j] * capacity_ + j) * width_ + at; };
              attend_heads(
                  {count, width, length_}, q + offset, b != nullptr ? b + first * length_ : nullptr,
                  [=](int64_t j) { return k + place(j); }, [=](int64_t j) { return v + place(j); },
                  scratch, y + offset);
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
  const real *q = queries.data(), *k = keys.data(), *v = values.data();
  real* y = out.mutable_data();
  for_heads(rows, heads, segments.longest(), width,
            [&](int64_t row, int64_t first, int64_t count, real* scratch) {
              int64_t at = first * width, offset = row * all + at;
              int64_t begin = segments.begin(source[row]), length = segments.length(source[row]);
              attend_heads(
                  {count, width, length}, q + offset, nullptr,
                  [=](int64_t j) { return k + (begin + j) * all + at; },
                  [=](int64_t j) { return v + (begin + j) * all + at; }, scratch, y + offset);
            });
  return out;
}

}  // namespace t5
