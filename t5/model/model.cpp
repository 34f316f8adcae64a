#include "t5/model/model.h"

#include <algorithm>
#include <cmath>

#include "autograd/ops/arithmetic.h"
#include "tensor/error.h"

namespace t5 {

int64_t Batch::label_count() const {
  return static_cast<int64_t>(labels.size()) -
         std::count(labels.begin(), labels.end(), kIgnoredLabel);
}

Batch make_batch(std::span<const TokenPair> pairs, const Config& config) {
  Batch batch;
  for (const TokenPair& pair : pairs) {
    check(!pair.input.empty() && !pair.target.empty(),
          "batch: an example has {} input and {} target tokens; both need at least one",
          pair.input.size(), pair.target.size());
    batch.inputs.insert(batch.inputs.end(), pair.input.begin(), pair.input.end());
    batch.labels.insert(batch.labels.end(), pair.target.begin(), pair.target.end());
    batch.decoder_inputs.push_back(config.decoder_start_token_id);
    for (size_t i = 0; i + 1 < pair.target.size(); ++i)
      batch.decoder_inputs.push_back(pair.target[i] == kIgnoredLabel ? config.pad_token_id
                                                                     : pair.target[i]);
    batch.sources.push_back(static_cast<int64_t>(pair.input.size()));
    batch.targets.push_back(static_cast<int64_t>(pair.target.size()));
  }
  return batch;
}

Model::Model(const Config& config, Parameters::Source source, bool untied_head)
    : config_(config),
      parameters_(std::move(source)),
      shared_(Scope(parameters_, "shared"), config.vocab_size, config.d_model,
              config.initializer_factor),
      encoder_(Scope(parameters_, "encoder"), config),
      decoder_(Scope(parameters_, "decoder"), config) {
  if (untied_head)
    lm_head_.emplace(Scope(parameters_, "lm_head"), config.d_model, config.vocab_size,
                     config.initializer_factor);
}

Var Model::encode(const Ids& inputs, const Segments& segments, const Dropout& dropout) const {
  return encoder_(shared_(inputs), segments, dropout);
}

Var Model::decode(const Ids& decoder_inputs, const Segments& targets, const Var& memory,
                  const Segments& sources, const Dropout& dropout) const {
  return decoder_(shared_(decoder_inputs), targets, memory, sources, dropout);
}

Var Model::logits(const Var& states) const {
  Var x = states;
  if (config_.scale_decoder_outputs)
    x = x * static_cast<real>(1 / std::sqrt(static_cast<double>(config_.d_model)));
  return lm_head_ ? (*lm_head_)(x) : linear(x, shared_.weight);
}

Var Model::forward(const Batch& batch, const Dropout& dropout) const {
  Var memory = encode(batch.inputs, batch.sources, dropout);
  return logits(decode(batch.decoder_inputs, batch.targets, memory, batch.sources, dropout));
}

Var Model::loss(const Batch& batch, const Dropout& dropout,
                const CrossEntropyOptions& options) const {
  return cross_entropy(forward(batch, dropout), batch.labels, options);
}

DecoderState Model::start(const Ids& inputs, const Segments& segments) const {
  NoGrad no_grad;
  return decoder_.start(encode(inputs, segments).value(), segments);
}

Tensor Model::step(const Ids& tokens, DecoderState& state) const {
  NoGrad no_grad;
  return logits(Var(decoder_.step(shared_(tokens).value(), state))).value();
}

std::unique_ptr<Model> make_model(const Config& config, uint64_t seed) {
  return std::make_unique<Model>(config, random_source(seed), !config.tie_word_embeddings);
}

}  // namespace t5
