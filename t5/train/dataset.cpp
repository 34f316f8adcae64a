#include "t5/train/dataset.h"

#include <algorithm>
#include <numeric>

#include "t5/train/targets.h"
#include "tensor/error.h"
#include "tensor/parallel.h"

namespace t5 {

std::vector<TokenPair> tokenize(const std::vector<Example>& examples, const Tokenizer& tokenizer,
                                const Config& config) {
  std::vector<TokenPair> pairs(examples.size());
  parallel_for(static_cast<int64_t>(examples.size()), 256, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) try {
        pairs[i] = task_pair(examples[i], tokenizer, config);
      } catch (const Error& error) {
        fail("example {}: {}", i + 1, error.what());
      }
  });
  return pairs;
}

BatchOrder::BatchOrder(int64_t size, int64_t batch_size, uint64_t seed)
    : size_(size),
      batch_size_(batch_size),
      batches_((size + batch_size - 1) / batch_size),
      seed_(seed) {
  check(size > 0 && batch_size > 0, "batches: {} examples in batches of {}", size, batch_size);
}

std::vector<int64_t> BatchOrder::batch(int64_t step) {
  // exercise 14-training/batch-order — a new order in each epoch, found from the step alone
  if (epoch(step) != epoch_) {
    epoch_ = epoch(step);
    order_.resize(size_);
    std::iota(order_.begin(), order_.end(), 0);
    Random(seed_).fork(static_cast<uint64_t>(epoch_)).shuffle(order_);
  }
  int64_t begin = step % batches_ * batch_size_, end = std::min(begin + batch_size_, size_);
  return {order_.begin() + begin, order_.begin() + end};
  // end exercise
}

std::vector<std::vector<int64_t>> cut_by_tokens(const std::vector<int64_t>& lengths, int64_t budget,
                                                uint64_t seed) {
  std::vector<int64_t> order(lengths.size());
  std::iota(order.begin(), order.end(), 0);
  Random(seed).shuffle(order);
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return lengths[a] < lengths[b]; });
  std::vector<std::vector<int64_t>> batches;
  int64_t room = 0;  // tokens that still fit into the last batch
  for (int64_t example : order) {
    check(lengths[example] <= budget, "example {}: it has {} tokens, a batch at most {}",
          example + 1, lengths[example], budget);
    if (batches.empty() || lengths[example] > room) {
      batches.emplace_back();
      room = budget;
    }
    batches.back().push_back(example);
    room -= lengths[example];
  }
  return batches;
}

}  // namespace t5
