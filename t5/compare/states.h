// The inner states of a model on one batch: ours, and those that another implementation dumped.
//
// A dump is a safetensors file with the padded batch (input_ids, attention_mask, labels) and any of
// encoder.block.{i}.output, encoder_last_hidden_state, decoder.block.{i}.output,
// decoder_last_hidden_state, logits, loss. Padding is left out when it is read: what an
// implementation computes there is its own business.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "t5/files/safetensors.h"
#include "t5/model/model.h"

namespace t5 {

using States = std::vector<std::pair<std::string, Tensor>>;  // in the order of computation

// All states of `model` on `batch`; with a decoder also logits and loss.
States inner_states(const Model& model, const Batch& batch);

class Dump {
 public:
  // Throws Error, naming file and tensor, for a batch that is missing or has impossible ids.
  Dump(const std::string& path, const Config& config);

  Batch batch(const Config& config) const { return make_batch(pairs_, config); }
  // The state called `name` without padding, in the shape of ours, which is `shape`; undefined
  // when the dump does not have it. Another shape throws.
  Tensor state(const std::string& name, const Shape& shape) const;
  // Whether row b of the batch had no padding on its input.
  bool full(int64_t b) const { return std::ssize(kept_[b]) == padded_length_; }

 private:
  std::vector<Ids> matrix(const std::string& name, int64_t low, int64_t high) const;

  SafetensorsFile file_;
  std::vector<TokenPair> pairs_;
  std::vector<std::vector<int64_t>> kept_;  // per row, the positions that are not padding
  int64_t padded_length_ = 0;
};

}  // namespace t5
