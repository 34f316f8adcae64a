#include "nn/layers/attention.h"

#include <cmath>

#include "tensor/error.h"

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
                                       int64_t head_width, double factor, int64_t layer)
    : heads(heads),
      layer(layer),
      q(scope / "q", width, heads * head_width,
        factor / std::sqrt(static_cast<double>(width * head_width))),
      k(scope / "k", width, heads * head_width, factor / std::sqrt(static_cast<double>(width))),
      v(scope / "v", width, heads * head_width, factor / std::sqrt(static_cast<double>(width))),
      o(scope / "o", heads * head_width, width,
        factor / std::sqrt(static_cast<double>(heads * head_width))) {}

Var MultiHeadAttention::operator()(const Var& x, const Var& memory, const Var& bias,
                                   const Reach& reach, const Dropout& drop) const {
  const auto& [queries, keys, causal, cache] = reach;
  if (cache == nullptr) {
    Var mixed = attention(q(x, drop), k(memory, drop), v(memory, drop), bias,
                          {heads, queries, keys, causal}, drop);
    return o(mixed, drop);
  }
  require(!grad_enabled() && !drop.active(),
          "attention: a cache serves generation; training needs every key and value on the tape");
  if (memory.defined()) remember(memory, *cache);
  Tensor biases = bias.defined() ? bias.value() : Tensor();
  return o(Var(cache->attend(layer, q(x).value(), queries, biases, heads, causal)));
}

void MultiHeadAttention::remember(const Var& memory, KeyValueCache& cache) const {
  cache.store(layer, k(memory).value(), v(memory).value());
}

}  // namespace t5
