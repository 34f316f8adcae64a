#include "nn/layers/key_value_cache.h"

#include <algorithm>
#include <cmath>

#include "tensor/error.h"
#include "tensor/ops/math.h"
#include "tensor/ops/reduce.h"
#include "tensor/parallel.h"

namespace t5 {
namespace {

// Some heads of one query that stand side by side.
struct Heads {
  int64_t count, width;  // so many of D numbers each
  int64_t keys;          // that each attends to
};

// The bias of the query's first key in each head; the next key's is one further on. Null: none.
struct Bias {
  const real* first;
  int64_t head_stride;
};

// out = sum_j softmax_j(q . key(j) + bias[j]) value(j), for each head. q, key(j), value(j) and out
// point to the first head's D numbers, the next head's follow. Keys go round the outer loop: all
// heads of one are one run of memory. `scores` is scratch for heads.count * heads.keys numbers.
template <class Key, class Value>
void attend_heads(const Heads& heads, const real* q, const Bias& bias, const Key& key,
                  const Value& value, real* scores, real* out) {
  int64_t n = heads.keys, width = heads.width;
  for (int64_t j = 0; j < n; ++j) {
    const real* k = key(j);
    for (int64_t h = 0; h < heads.count; ++h) {
      real sum = 0;
#pragma omp simd reduction(+ : sum)
      for (int64_t i = h * width; i < (h + 1) * width; ++i) sum += q[i] * k[i];
      scores[h * n + j] = bias.first == nullptr ? sum : sum + bias.first[h * bias.head_stride + j];
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

// Runs some(query, first head, how many, scratch) until every head of every query was among them:
// whole queries where there are enough of them, shares of a query for each thread otherwise.
template <class Some>
void for_heads(int64_t queries, int64_t heads, int64_t longest, int64_t width, const Some& some) {
  int64_t grain = kElementGrain / std::max<int64_t>(longest * width, 1);
  parallel_for(queries * heads, grain, [&](int64_t begin, int64_t end) {
    std::vector<real> scratch(heads * longest);
    while (begin < end) {
      int64_t first = begin % heads, count = std::min(heads - first, end - begin);
      some(begin / heads, first, count, scratch.data());
      begin += count;
    }
  });
}

}  // namespace

const real* KeyValueCache::Lane::keys(int64_t layer) const {
  return memory.data() + layer * memory.strides()[0];
}

int64_t KeyValueCache::longest() const {
  int64_t most = 0;
  for (const Row& row : rows_) most = std::max(most, std::ssize(row.lanes));
  return most;
}

// A row goes on writing into its own lane while the places there are free. They are not when
// another row has been the same one: it has written on there, or refers to what the row took back.
// Then, and at first, the row takes a lane with free places that no row writes into, or a new one.
int32_t KeyValueCache::lane_for(int64_t row) const {
  int64_t length = this->length(row);
  auto is_free = [&](int32_t lane) { return lanes_[lane].used <= length; };
  if (rows_[row].own >= 0 && is_free(rows_[row].own)) return rows_[row].own;
  std::vector<bool> written(lanes_.size());
  for (const Row& other : rows_)
    if (other.own >= 0) written[other.own] = true;
  for (int32_t lane = 0; lane < std::ssize(lanes_); ++lane)
    if (!written[lane] && is_free(lane)) return lane;
  return static_cast<int32_t>(lanes_.size());
}

// The first tokens get as much room as they ask for, then a lane doubles.
void KeyValueCache::reserve(int32_t lane, int64_t tokens) {
  if (lane == std::ssize(lanes_)) lanes_.push_back({Tensor({layers_, 2, 0, width_}), 0});
  Lane& old = lanes_[lane];
  int64_t room = old.capacity();
  if (tokens <= room) return;
  Tensor larger({layers_, 2, std::max<int64_t>({tokens, 2 * room, 16}), width_});
  for (int64_t part = 0; part < 2 * layers_; ++part)
    std::copy_n(old.memory.data() + part * room * width_, old.used * width_,
                larger.mutable_data() + part * larger.dim(2) * width_);
  old.memory = larger;
}

void KeyValueCache::extend(const Segments& news) {
  require(news.count() == rows(), "cache: new tokens for {} rows of {}", news.count(), rows());
  for (int64_t b = 0; b < rows(); ++b) {
    if (news.length(b) == 0) continue;
    int64_t length = this->length(b) + news.length(b);
    int32_t lane = lane_for(b);
    reserve(lane, length);
    rows_[b].own = lane;
    rows_[b].lanes.resize(length, lane);
    lanes_[lane].used = length;
  }
  news_ = news;
}

void KeyValueCache::store(int64_t layer, const Tensor& keys, const Tensor& values) {
  require(layer >= 0 && layer < layers_ && keys.shape() == Shape({news_.rows(), width_}) &&
              values.shape() == keys.shape() && keys.contiguous() && values.contiguous(),
          "cache: storing {} and {} in layer {} of {} for {} tokens of {}", keys.shape(),
          values.shape(), layer, layers_, news_.rows(), width_);
  // exercise 16-generation/store — the new tokens of each row, key and value, in their places
  for (int64_t b = 0; b < rows(); ++b) {
    if (news_.length(b) == 0) continue;
    Lane& lane = lanes_[rows_[b].own];
    int64_t from = news_.begin(b) * width_, count = news_.length(b) * width_;
    int64_t to = (2 * layer * lane.capacity() + length(b) - news_.length(b)) * width_;
    std::copy_n(keys.data() + from, count, lane.memory.mutable_data() + to);
    to += lane.capacity() * width_;
    std::copy_n(values.data() + from, count, lane.memory.mutable_data() + to);
  }
  // end exercise
}

void KeyValueCache::reorder(const std::vector<int64_t>& parents) {
  for (int64_t parent : parents)
    require(parent >= 0 && parent < rows(), "cache: parent {} of {} rows", parent, rows());
  // exercise 16-generation/reorder — row i takes over the history of row parents[i]
  std::vector<Row> next;
  for (int64_t parent : parents) next.push_back(rows_[parent]);
  rows_ = std::move(next);
  // end exercise
  count_used();
}

void KeyValueCache::truncate(int64_t row, int64_t length) {
  require(row >= 0 && row < rows() && length >= 0 && length <= this->length(row),
          "cache: row {} of {} cut back to {} tokens", row, rows(), length);
  rows_[row].lanes.resize(length);
  count_used();
}

void KeyValueCache::count_used() {
  for (Lane& lane : lanes_) lane.used = 0;
  for (const Row& row : rows_)
    for (int64_t t = 0; t < std::ssize(row.lanes); ++t) {
      int64_t& used = lanes_[row.lanes[t]].used;
      used = std::max(used, t + 1);
    }
}

std::vector<KeyValueCache::Query> KeyValueCache::newest(const Segments& queries,
                                                        bool causal) const {
  std::vector<Query> all;
  for (int64_t b = 0; b < rows(); ++b) {
    require(queries.length(b) <= (causal ? length(b) : queries.length(b) * length(b)),
            "cache: {} queries of row {}, which has {} tokens", queries.length(b), b, length(b));
    for (int64_t p = length(b) - queries.length(b); p < length(b); ++p)
      all.push_back({rows_[b].lanes.data(), p, causal ? p + 1 : length(b)});
  }
  return all;
}

Tensor KeyValueCache::attend(int64_t layer, const Tensor& query, const Segments& queries,
                             const Tensor& bias, int64_t heads, bool causal) const {
  require(queries.count() == rows() && query.shape() == Shape({queries.rows(), width_}) &&
              heads > 0 && width_ % heads == 0,
          "cache: query {} of {} rows for {} rows of {} in {} heads", query.shape(),
          queries.count(), rows(), width_, heads);
  const int64_t most = longest(), width = width_ / heads;
  require(!bias.defined() || (causal && bias.shape() == Shape({heads, most})),
          "cache: bias {} instead of ({}, {})", bias.shape(), heads, most);
  const std::vector<Query> all = newest(queries, causal);
  std::vector<const real*> keys, values;  // of this layer in each lane
  for (const Lane& lane : lanes_) {
    keys.push_back(lane.keys(layer));
    values.push_back(lane.values(layer));
  }
  Tensor out(query.shape()), dense = query.as_contiguous();
  Tensor biases = bias.defined() ? bias.as_contiguous() : Tensor();
  const real *q = dense.data(), *b = biases.defined() ? biases.data() : nullptr;
  real* y = out.mutable_data();
  auto some_heads = [&](int64_t r, int64_t first, int64_t count, real* scratch) {
    // exercise 16-generation/attend — where a query's keys, values and biases stand
    const Query& one = all[r];
    int64_t at = first * width;
    auto key = [&](int64_t j) { return keys[one.lanes[j]] + j * width_ + at; };
    auto value = [&](int64_t j) { return values[one.lanes[j]] + j * width_ + at; };
    Bias own{b, most};
    if (b != nullptr) own.first += first * most + most - 1 - one.position;
    attend_heads({count, width, one.keys}, q + r * width_ + at, own, key, value, scratch,
                 y + r * width_ + at);
    // end exercise
  };
  for_heads(queries.rows(), heads, most, width, some_heads);
  return out;
}

}  // namespace t5
