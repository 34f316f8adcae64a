#include "t5/train/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <numeric>

#include "t5/text/example_files.h"
#include "tensor/error.h"
#include "tensor/parallel.h"

namespace t5 {

namespace {

// An error begins with `place` and the example's number, counted from `first`.
std::vector<TokenPair> pairs_of(const std::vector<Example>& examples, const std::string& place,
                                int64_t first, const Tokenizer& tokenizer, const Config& config) {
  std::vector<TokenPair> pairs(examples.size());
  parallel_for(std::ssize(examples), 256, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) try {
        pairs[i] = config.head->encode(examples[i], tokenizer, config);
      } catch (const Error& error) {
        fail("{}{}: {}", place, first + i, error.what());
      }
  });
  return pairs;
}

void check_budget(const TokenPair& pair, const std::string& file, int64_t line, int64_t budget) {
  check(budget == 0 || pair.token_count() <= budget,
        "{}:{}: the example has {} tokens, input and target; --tokens-per-batch allows {}", file,
        line, pair.token_count(), budget);
}

}  // namespace

std::vector<TokenPair> tokenize(const std::vector<Example>& examples, const Tokenizer& tokenizer,
                                const Config& config) {
  return pairs_of(examples, "example ", 1, tokenizer, config);
}

std::vector<TokenPair> tokenize(const std::vector<Example>& examples, const TextModel& model,
                                const std::string& file, int64_t first) {
  if (model.tokenizer)
    return pairs_of(examples, file + ":", first, *model.tokenizer, model.config());
  std::vector<TokenPair> pairs;
  for (const Example& example : examples) {
    std::string place = fmt::format("{}:{}", file, first + std::ssize(pairs));
    pairs.push_back({model.read(example.input, place), model.read(example.target, place)});
  }
  return pairs;
}

std::vector<TokenPair> read_pairs(const std::vector<std::string>& files, const TextModel& model,
                                  int64_t tokens_per_batch) {
  std::vector<TokenPair> pairs;
  for (const std::string& file : files) {
    std::vector<TokenPair> more = tokenize(read_examples(file), model, file);
    for (int64_t i = 0; i < std::ssize(more); ++i)
      check_budget(more[i], file, i + 1, tokens_per_batch);
    std::move(more.begin(), more.end(), std::back_inserter(pairs));
  }
  return pairs;
}

TrainingSet read_training_pairs(const std::vector<std::string>& files, const TextModel& model,
                                int64_t tokens_per_batch, const Cache& cache) {
  if (!is_worth_keeping(files, cache)) return read_pairs(files, model, tokens_per_batch);
  auto examples = std::make_shared<const ExampleFiles>(files, cache);
  auto pair = [examples, &model](int64_t index, int64_t) {
    auto [file, line] = examples->place(index);
    return tokenize({examples->example(index)}, model, file, line).front();
  };
  // A mistake in text is told now; one that only tokens show costs a look at all of them.
  bool any_text = model.tokenizer && model.config().writes_text() && tokens_per_batch == 0;
  if (!any_text)
    parallel_for(examples->size(), 256, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        auto [file, line] = examples->place(i);
        check_budget(pair(i, 0), file, line, tokens_per_batch);
      }
    });
  return {examples->size(), pair, "", examples->fingerprint(), true};
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
