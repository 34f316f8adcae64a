#include "nn/layers/attention.h"

#include <cmath>

namespace t5 {

Id relative_position_bucket(int64_t distance, bool bidirectional, int64_t buckets,
                            int64_t max_distance) {
  // exercise 10-positions/bucket — half of the buckets exact, half logarithmic
  int64_t bucket = 0;
  if (bidirectional) {
    buckets /= 2;
    if (distance > 0) bucket = buckets;
    distance = std::abs(distance);
  } else {
    distance = std::max<int64_t>(-distance, 0);
  }
  int64_t exact = buckets / 2;
  if (distance < exact) return static_cast<Id>(bucket + distance);
  // In float, as the reference computes it: the borders between buckets depend on the rounding.
  float ratio = std::log(static_cast<float>(distance) / static_cast<float>(exact)) /
                static_cast<float>(std::log(static_cast<double>(max_distance) / exact));
  auto further = static_cast<int64_t>(ratio * static_cast<float>(buckets - exact));
  return static_cast<Id>(bucket + std::min(exact + further, buckets - 1));
  // end exercise
}

Var RelativePositionBias::operator()(int64_t longest_query, int64_t longest_key) const {
  // exercise 10-positions/by-distance — the bias of each distance that can occur
  Ids buckets;
  for (int64_t distance = 1 - longest_query; distance < longest_key; ++distance)
    buckets.push_back(
        relative_position_bucket(distance, bidirectional, weight.dim(0), max_distance));
  return transpose(gather_rows(weight, buckets));  // (T + S - 1, H) -> (H, T + S - 1)
  // end exercise
}

MultiHeadAttention::MultiHeadAttention(Scope scope, int64_t width, int64_t heads,
                                       int64_t head_width, double factor)
    : heads(heads),
      q(scope / "q", width, heads * head_width,
        factor / std::sqrt(static_cast<double>(width * head_width))),
      k(scope / "k", width, heads * head_width, factor / std::sqrt(static_cast<double>(width))),
      v(scope / "v", width, heads * head_width, factor / std::sqrt(static_cast<double>(width))),
      o(scope / "o", heads * head_width, width,
        factor / std::sqrt(static_cast<double>(heads * head_width))) {}

Var MultiHeadAttention::operator()(const Var& x, const Var& memory, const Var& bias,
                                   const Segments& queries, const Segments& keys, bool causal,
                                   const Dropout& dropout) const {
  return o(attention(q(x), k(memory), v(memory), bias, {heads, queries, keys, causal}, dropout));
}

namespace {

Tensor project(const Tensor& x, const Linear& layer) {
  NoGrad no_grad;
  return layer(Var(x)).value();
}

}  // namespace

Tensor MultiHeadAttention::step(const Tensor& x, const Tensor& bias, KeyValueCache& cache) const {
  cache.append(project(x, k), project(x, v));
  return project(cache.attend(project(x, q), bias, heads), o);
}

Tensor MultiHeadAttention::step(const Tensor& x, const MemoryCache& memory) const {
  return project(memory.attend(project(x, q), heads), o);
}

MemoryCache MultiHeadAttention::remember(const Tensor& memory, const Segments& segments) const {
  MemoryCache cache{project(memory, k), project(memory, v), segments, {}};
  for (int64_t b = 0; b < segments.count(); ++b) cache.source.push_back(b);
  return cache;
}

}  // namespace t5
