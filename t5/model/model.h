// The T5 model: embedding, encoder, decoder, head; its loss on a batch. The config says which head,
// and with it what a target is.
//
// Threads: several may predict with one model at once, each with a DecoderState of its own, while
// nobody changes its parameters. Backward passes add to the same gradients: one at a time.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "t5/model/blocks.h"

namespace t5 {

// An example. The input is token ids, ended with eos as the tokenizer gives them; the target, by
// head: token ids with eos (language model), one label, one label per input token (-100: does not
// count), or the first and the last token of the answer in the input.
struct TokenPair {
  Ids input, target;
  double weight = 1;  // what each of its labels counts for in a step of training; above 0

  int64_t token_count() const { return std::ssize(input) + std::ssize(target); }
};

// Pairs laid end to end: no padding. Row r of the logits predicts labels[r]; labels of -100 do not
// count. For a language model row r of the decoder reads decoder_inputs[r].
struct Batch {
  Ids inputs;
  Segments sources;
  Ids decoder_inputs, labels;
  Segments targets;   // of decoder_inputs
  double weight = 1;  // what the loss of the batch is multiplied by, in training

  int64_t label_count() const;
  int64_t token_count() const { return sources.rows() + targets.rows(); }
};

// The decoder reads the target shifted right by one: the start token, then the target without its
// last token, ignored labels replaced by padding. With another head it reads the input, shifted the
// same way. An empty input or target throws, and one of the wrong length for the head.
Batch make_batch(std::span<const TokenPair> pairs, const Config& config);

// The inputs alone, for predicting: labels are 0. A language model's inputs give no such batch.
Batch make_input_batch(std::span<const Ids> inputs, const Config& config);

class Model {
 public:
  // Parameters come from `source`: random_source(seed), or a file's. `untied_head`: the source has
  // an lm_head.weight of its own, whatever the config says. `adapters`: of its linear layers.
  Model(const Config& config, Parameters::Source source, bool untied_head,
        AdapterMaker adapters = {});
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  const Config& config() const { return config_; }
  const Parameters& parameters() const { return parameters_; }
  Parameters& parameters() { return parameters_; }
  bool tied() const { return !lm_head_; }

  // Training with less memory and more time: see EncoderBlock.
  void recompute_blocks(bool on);
  bool recomputes_blocks() const { return encoder_.blocks.front().recomputed; }

  // (N, M): the encoder's states of the sequences in `segments`, with those of a trained prompt
  // before each.
  Var encode(const Ids& inputs, const Segments& segments, const Dropout& dropout = {},
             const Observer& observe = {}) const;
  // (N, M): the decoder's states, after the final norm. `sources`: the segments of the inputs.
  Var decode(const Ids& decoder_inputs, const Segments& targets, const Var& memory,
             const Segments& sources, const Dropout& dropout = {},
             const Observer& observe = {}) const;
  // The segments of what encode() gives for `sources`.
  Segments encoded(const Segments& sources) const;
  // The language model's head, a function from the decoder's states to logits (N, V).
  VocabularyHead head() const {
    return {lm_head_ ? lm_head_->weight : shared_.weight, config_.scale_decoder_outputs};
  }

  // (N, M): the decoder's states for all of batch.decoder_inputs.
  Var states(const Batch& batch, const Dropout& dropout, const Observer& observe) const;
  // The logits of batch.labels, a row for each, as the model's head has them.
  Var forward(const Batch& batch, const Dropout& dropout = {}, const Observer& observe = {}) const {
    return forward_(*this, batch, dropout, observe);
  }
  // Mean cross-entropy over the labels that count.
  Var loss(const Batch& batch, const Dropout& dropout = {},
           const CrossEntropyOptions& options = {}) const;

  // Generation: start() reads the inputs, join() more of them at any time, a row for each; step()
  // gives the decoder's states (N, M) of the next tokens of each row, news.length(b) of row b. Only
  // language models generate; the others throw.
  DecoderState start(const Ids& inputs, const Segments& segments) const;
  void join(const Ids& inputs, const Segments& segments, DecoderState& state) const;
  Tensor step(const Ids& tokens, const Segments& news, DecoderState& state) const;

 private:
  Config config_;
  Parameters parameters_;
  Embedding shared_;
  Var prompt_;  // (P, M), undefined for most
  Encoder encoder_;
  std::optional<Decoder> decoder_;
  std::optional<Linear> lm_head_;  // an untied language model's
  TaskForward forward_;
};

// A freshly initialised model.
std::unique_ptr<Model> make_model(const Config& config, uint64_t seed);

}  // namespace t5
