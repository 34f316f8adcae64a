// Training data as token ids, and the order in which batches visit it.
#pragma once

#include <string>
#include <vector>

#include "t5/files/cache.h"
#include "t5/model/text_model.h"
#include "t5/text/examples.h"
#include "t5/train/training_set.h"

namespace t5 {

// Every example as a model of `config` is trained on it, in parallel: both sides as ids with eos
// for a language model, see TaskHead::encode for the others. An example that does not fit throws
// with its number.
std::vector<TokenPair> tokenize(const std::vector<Example>& examples, const Tokenizer& tokenizer,
                                const Config& config = {});
// The same of the examples of a file, one a line from line `first` on, for `model`, whose text may
// be ids. Errors name file and line.
std::vector<TokenPair> tokenize(const std::vector<Example>& examples, const TextModel& model,
                                const std::string& file, int64_t first = 1);
// Reads files of examples so. With a budget of tokens for a batch, one that is longer throws too.
std::vector<TokenPair> read_pairs(const std::vector<std::string>& files, const TextModel& model,
                                  int64_t tokens_per_batch = 0);

// The same to train on. Pairs of large files, and of all where a user named the cache, are
// tokenised when a batch wants them; `model`'s tokenizer must then outlive the set.
TrainingSet read_training_pairs(const std::vector<std::string>& files, const TextModel& model,
                                int64_t tokens_per_batch, const Cache& cache);

// The order of a seeded training run: each epoch visits every example once, in an order of its own.
// Batch number `step` is a function of (size, batch_size, seed, step) alone, so that a resumed run
// needs no more than its step. The last batch of an epoch may be smaller.
class BatchOrder {
 public:
  BatchOrder(int64_t size, int64_t batch_size, uint64_t seed);

  int64_t batches_per_epoch() const { return batches_; }
  int64_t epoch(int64_t step) const { return step / batches_; }  // of batch number `step`
  // The examples of batch number `step`, counted from 0 over all epochs.
  std::vector<int64_t> batch(int64_t step);

 private:
  int64_t size_, batch_size_, batches_;
  uint64_t seed_;
  int64_t epoch_ = -1;  // whose order is in order_
  std::vector<int64_t> order_;
};

// Examples of these lengths in batches of about equal cost: in the order of their length, those of
// one length in a seeded order, cut wherever the next would bring a batch above `budget` tokens. An
// example that is longer than that throws, with its number.
std::vector<std::vector<int64_t>> cut_by_tokens(const std::vector<int64_t>& lengths, int64_t budget,
                                                uint64_t seed);

}  // namespace t5
