// The T5 model: embedding, encoder, decoder, head; its loss on a batch.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "t5/model/blocks.h"

namespace t5 {

// An example as token ids; both sides end with eos as the tokenizer gives it.
struct TokenPair {
  Ids input, target;
};

// Pairs laid end to end: no padding. Row r of the decoder reads decoder_inputs[r] and predicts
// labels[r]; labels of -100 do not count.
struct Batch {
  Ids inputs;
  Segments sources;
  Ids decoder_inputs, labels;
  Segments targets;

  int64_t label_count() const;
  int64_t token_count() const { return sources.rows() + targets.rows(); }
};

// The decoder reads the target shifted right by one: the start token, then the target without its
// last token, ignored labels replaced by padding. An empty input or target throws.
Batch make_batch(std::span<const TokenPair> pairs, const Config& config);

class Model {
 public:
  // Parameters come from `source`: random_source(seed), or a checkpoint's. `untied_head`: the
  // source has an lm_head.weight of its own, whatever the config says.
  Model(const Config& config, Parameters::Source source, bool untied_head);
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  const Config& config() const { return config_; }
  const Parameters& parameters() const { return parameters_; }
  bool tied() const { return !lm_head_; }

  // (N, M): the encoder's states of the sequences in `segments`.
  Var encode(const Ids& inputs, const Segments& segments, const Dropout& dropout = {}) const;
  // (N, M): the decoder's states, after the final norm.
  Var decode(const Ids& decoder_inputs, const Segments& targets, const Var& memory,
             const Segments& sources, const Dropout& dropout = {}) const;
  // (N, M) -> (N, V)
  Var logits(const Var& states) const;

  // (N, V) of all decoder positions in the batch.
  Var forward(const Batch& batch, const Dropout& dropout = {}) const;
  // Mean cross-entropy over the labels that count.
  Var loss(const Batch& batch, const Dropout& dropout = {},
           const CrossEntropyOptions& options = {}) const;

  // Generation: start, then one call per token; logits (rows, V) of the token after `tokens`.
  DecoderState start(const Ids& inputs, const Segments& segments) const;
  Tensor step(const Ids& tokens, DecoderState& state) const;

 private:
  Config config_;
  Parameters parameters_;
  Embedding shared_;
  Encoder encoder_;
  Decoder decoder_;
  std::optional<Linear> lm_head_;
};

// A freshly initialised model.
std::unique_ptr<Model> make_model(const Config& config, uint64_t seed);

}  // namespace t5
