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

namespace {

void check_pair(const TokenPair& pair, const TaskHead& head) {
  check(!pair.input.empty() && !pair.target.empty(),
        "batch: an example has {} input and {} target tokens; both need at least one",
        pair.input.size(), pair.target.size());
  check(pair.target.size() == head.target_length(pair),
        "batch: an example has {} labels for {} tokens; {} needs {}", pair.target.size(),
        pair.input.size(), head.name, head.target_length(pair));
}

// What the decoder reads in order to write `ids`: the start token, then all but the last.
void append_shifted(const Ids& ids, const Config& config, Batch& batch) {
  // exercise 12-decoder/shift-right — row r reads what came before the token it is to predict
  batch.decoder_inputs.push_back(config.decoder_start_token_id);
  for (size_t i = 0; i + 1 < ids.size(); ++i) {
    bool ignored = ids[i] == kIgnoredLabel;
    batch.decoder_inputs.push_back(ignored ? config.pad_token_id : ids[i]);
  }
  batch.targets.push_back(static_cast<int64_t>(ids.size()));
  // end exercise
}

// The prompt's rows, where there is one, before those of each sequence: rows of the table that both
// make together.
Var with_prompt(const Var& embedded, const Var& prompt, const Segments& segments) {
  if (!prompt.defined()) return embedded;
  // exercise 19-transfer/prompt — the same rows before every sequence
  Ids rows;
  for (int64_t b = 0; b < segments.count(); ++b) {
    for (int64_t i = 0; i < prompt.dim(0); ++i)
      rows.push_back(static_cast<Id>(embedded.dim(0) + i));
    for (int64_t i = segments.begin(b); i < segments.begin(b) + segments.length(b); ++i)
      rows.push_back(static_cast<Id>(i));
  }
  return gather_rows(concatenate({embedded, prompt}, 0), rows);
  // end exercise
}

// Where transformers keeps the stacks of a model with this head.
Scope stacks_of(Parameters& parameters, const Config& config) {
  return Scope(parameters, config.head->stacks);
}

}  // namespace

Batch make_batch(std::span<const TokenPair> pairs, const Config& config) {
  Batch batch;
  for (const TokenPair& pair : pairs) {
    check_pair(pair, *config.head);
    batch.inputs.insert(batch.inputs.end(), pair.input.begin(), pair.input.end());
    batch.sources.push_back(static_cast<int64_t>(pair.input.size()));
    batch.labels.insert(batch.labels.end(), pair.target.begin(), pair.target.end());
    if (config.head->has_decoder)
      append_shifted(config.writes_text() ? pair.target : pair.input, config, batch);
  }
  return batch;
}

Batch make_input_batch(std::span<const Ids> inputs, const Config& config) {
  std::vector<TokenPair> pairs;
  for (const Ids& input : inputs) {
    pairs.push_back({input, {}});
    pairs.back().target.resize(config.head->target_length(pairs.back()));
  }
  return make_batch(pairs, config);
}

Model::Model(const Config& config, Parameters::Source source, bool untied_head,
             AdapterMaker adapters)
    : config_(config),
      parameters_(std::move(source), std::move(adapters)),
      shared_(stacks_of(parameters_, config) / "shared", config.vocab_size, config.d_model,
              config.initializer_factor),
      encoder_(stacks_of(parameters_, config) / "encoder", config) {
  if (config.head->has_decoder)
    decoder_.emplace(stacks_of(parameters_, config) / "decoder", config);
  Scope root(parameters_);
  if (config.prompt_tokens > 0)
    prompt_ = root.parameter("prompt_embeddings", {config.prompt_tokens, config.d_model},
                             Init::normal(config.initializer_factor));
  if (untied_head)
    lm_head_.emplace(root / "lm_head", config.d_model, config.vocab_size,
                     config.initializer_factor);
  forward_ = config.head->make(root, config);
}

void Model::recompute_blocks(bool on) {
  for (EncoderBlock& block : encoder_.blocks) block.recomputed = on;
  if (!decoder_) return;
  for (DecoderBlock& block : decoder_->blocks) block.recomputed = on;
}

Var Model::encode(const Ids& inputs, const Segments& segments, const Dropout& dropout,
                  const Observer& observe) const {
  Var embedded = with_prompt(shared_(inputs), prompt_, segments);
  return encoder_(embedded, encoded(segments), dropout, observe);
}

Segments Model::encoded(const Segments& sources) const {
  if (!prompt_.defined()) return sources;
  Segments longer;
  for (int64_t b = 0; b < sources.count(); ++b)
    longer.push_back(prompt_.dim(0) + sources.length(b));
  return longer;
}

Var Model::decode(const Ids& decoder_inputs, const Segments& targets, const Var& memory,
                  const Segments& sources, const Dropout& dropout, const Observer& observe) const {
  check(decoder_.has_value(), "decode: a model with head {} has no decoder", config_.head->name);
  return (*decoder_)(shared_(decoder_inputs), {targets, targets, true}, memory,
                     {targets, encoded(sources)}, dropout, observe);
}

Var Model::states(const Batch& batch, const Dropout& drop, const Observer& observe) const {
  // exercise 12-decoder/forward — read the source, write the target
  Var memory = encode(batch.inputs, batch.sources, drop, observe);
  return decode(batch.decoder_inputs, batch.targets, memory, batch.sources, drop, observe);
  // end exercise
}

Var Model::loss(const Batch& batch, const Dropout& dropout,
                const CrossEntropyOptions& options) const {
  if (!config_.writes_text()) return cross_entropy(forward(batch, dropout), batch.labels, options);
  // cross_entropy(head()(states), labels), without all logits at a time
  Var x = head().input(states(batch, dropout, {}));
  return linear_cross_entropy(x, head().table, batch.labels, options);
}

DecoderState Model::start(const Ids& inputs, const Segments& segments) const {
  check(config_.writes_text(), "generate: a model with head {} does not write text",
        config_.head->name);
  DecoderState state = decoder_->start();
  join(inputs, segments, state);
  return state;
}

void Model::join(const Ids& inputs, const Segments& segments, DecoderState& state) const {
  NoGrad no_grad;
  decoder_->join(encode(inputs, segments), encoded(segments), state);
}

Tensor Model::step(const Ids& tokens, const Segments& news, DecoderState& state) const {
  NoGrad no_grad;
  state.written.extend(news);
  return (*decoder_)(shared_(tokens), {news, {}, true, &state.written}, Var(),
                     {news, {}, false, &state.read}, {})
      .value();
}

std::unique_ptr<Model> make_model(const Config& config, uint64_t seed) {
  bool untied = config.writes_text() && !config.tie_word_embeddings;
  return std::make_unique<Model>(config, random_source(seed), untied);
}

}  // namespace t5
