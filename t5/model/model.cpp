#include "t5/model/model.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "autograd/ops/arithmetic.h"
#include "tensor/error.h"
#include "tensor/ops/quantized.h"
#include "tensor/ops/rows.h"

namespace t5 {

int64_t Batch::label_count() const {
  return static_cast<int64_t>(labels.size()) -
         std::count(labels.begin(), labels.end(), kIgnoredLabel);
}

namespace {

// How many labels an example has.
size_t target_length(const TokenPair& pair, Head head) {
  if (head == Head::kSequenceClassification) return 1;
  if (head == Head::kQuestionAnswering) return 2;
  return head == Head::kTokenClassification ? pair.input.size() : pair.target.size();
}

void check_pair(const TokenPair& pair, Head head) {
  check(!pair.input.empty() && !pair.target.empty(),
        "batch: an example has {} input and {} target tokens; both need at least one",
        pair.input.size(), pair.target.size());
  check(pair.target.size() == target_length(pair, head),
        "batch: an example has {} labels for {} tokens; {} needs {}", pair.target.size(),
        pair.input.size(), head_name(head), target_length(pair, head));
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

// Where transformers keeps the stacks of a model with this head.
Scope stacks_of(Parameters& parameters, const Config& config) {
  return config.classifies() ? Scope(parameters) / "transformer" : Scope(parameters);
}

}  // namespace

Batch make_batch(std::span<const TokenPair> pairs, const Config& config) {
  Batch batch;
  for (const TokenPair& pair : pairs) {
    check_pair(pair, config.head);
    batch.inputs.insert(batch.inputs.end(), pair.input.begin(), pair.input.end());
    batch.sources.push_back(static_cast<int64_t>(pair.input.size()));
    batch.labels.insert(batch.labels.end(), pair.target.begin(), pair.target.end());
    if (config.has_decoder())
      append_shifted(config.head == Head::kLanguageModel ? pair.target : pair.input, config, batch);
  }
  return batch;
}

Batch make_input_batch(std::span<const Ids> inputs, const Config& config) {
  std::vector<TokenPair> pairs;
  for (const Ids& input : inputs) {
    pairs.push_back({input, {}});
    pairs.back().target.resize(target_length(pairs.back(), config.head));
  }
  return make_batch(pairs, config);
}

Model::Model(const Config& config, Parameters::Source source, bool untied_head,
             Parameters::PackedSource packed)
    : config_(config),
      parameters_(std::move(source), std::move(packed)),
      shared_(stacks_of(parameters_, config) / "shared", config.vocab_size, config.d_model,
              config.initializer_factor),
      encoder_(stacks_of(parameters_, config) / "encoder", config) {
  if (config.has_decoder()) decoder_.emplace(stacks_of(parameters_, config) / "decoder", config);
  add_head(untied_head);
}

void Model::add_head(bool untied_head) {
  const Config& c = config_;
  Scope root(parameters_);
  auto labels = static_cast<int64_t>(c.labels.size());
  double deviation = c.initializer_factor / std::sqrt(static_cast<double>(c.d_model));
  if (untied_head)
    lm_head_.emplace(root / "lm_head", c.d_model, c.vocab_size, c.initializer_factor);
  if (c.head == Head::kSequenceClassification)
    classification_head_.emplace(root / "classification_head", c.d_model, labels, deviation);
  if (c.head == Head::kTokenClassification)
    classifier_.emplace(root / "classifier", c.d_model, labels, c.initializer_factor);
  if (c.head == Head::kQuestionAnswering)
    classifier_.emplace(root / "qa_outputs", c.d_model, 2, deviation);
}

void Model::recompute_blocks(bool on) {
  for (EncoderBlock& block : encoder_.blocks) block.recomputed = on;
  if (!decoder_) return;
  for (DecoderBlock& block : decoder_->blocks) block.recomputed = on;
}

Var Model::encode(const Ids& inputs, const Segments& segments, const Dropout& dropout,
                  const Observer& observe) const {
  return encoder_(shared_(inputs), segments, dropout, observe);
}

Var Model::decode(const Ids& decoder_inputs, const Segments& targets, const Var& memory,
                  const Segments& sources, const Dropout& dropout, const Observer& observe) const {
  check(decoder_.has_value(), "decode: a model with head {} has no decoder",
        head_name(config_.head));
  return (*decoder_)(shared_(decoder_inputs), targets, memory, sources, dropout, observe);
}

Var Model::logits(const Var& states) const {
  return vocabulary_logits(states, head_table(), config_.scale_decoder_outputs);
}

Var Model::states(const Batch& batch, const Dropout& drop, const Observer& observe) const {
  // exercise 12-decoder/forward — read the source, write the target
  Var memory = encode(batch.inputs, batch.sources, drop, observe);
  return decode(batch.decoder_inputs, batch.targets, memory, batch.sources, drop, observe);
  // end exercise
}

Var Model::forward(const Batch& batch, const Dropout& drop, const Observer& observe) const {
  if (config_.head != Head::kLanguageModel) return task_forward(batch, drop, observe);
  return logits(states(batch, drop, observe));
}

Var Model::task_forward(const Batch& batch, const Dropout& drop, const Observer& observe) const {
  // The head's own dropout rate is another one; where the pass drops nothing, it does not either.
  Dropout head_drop{drop.active() ? static_cast<real>(config_.classifier_dropout) : 0, drop.random};
  Var memory = encode(batch.inputs, batch.sources, drop, observe);
  if (config_.head == Head::kNone) return memory;
  if (config_.head == Head::kTokenClassification) return (*classifier_)(dropout(memory, head_drop));
  Var states = decode(batch.decoder_inputs, batch.targets, memory, batch.sources, drop, observe);
  if (config_.head == Head::kQuestionAnswering)
    return span_logits((*classifier_)(states), batch.sources);
  Ids ends = last_eos_rows(batch.inputs, batch.sources, config_.eos_token_id);
  return (*classification_head_)(gather_rows(states, ends), head_drop);
}

Var Model::loss(const Batch& batch, const Dropout& dropout,
                const CrossEntropyOptions& options) const {
  if (config_.head != Head::kLanguageModel)
    return cross_entropy(task_forward(batch, dropout, {}), batch.labels, options);
  // cross_entropy(logits(x), labels), without all logits at a time
  Var x = head_input(states(batch, dropout, {}));
  return linear_cross_entropy(x, head_table(), batch.labels, options);
}

Var Model::head_input(const Var& states) const {
  if (!config_.scale_decoder_outputs) return states;
  return states * static_cast<real>(1 / std::sqrt(static_cast<double>(config_.d_model)));
}

DecoderState Model::start(const Ids& inputs, const Segments& segments) const {
  check(config_.head == Head::kLanguageModel, "generate: a model with head {} does not write text",
        head_name(config_.head));
  NoGrad no_grad;
  return decoder_->start(encode(inputs, segments).value(), segments);
}

Tensor Model::step(const Ids& tokens, DecoderState& state) const {
  NoGrad no_grad;
  return logits(Var(decoder_->step(shared_(tokens).value(), state))).value();
}

Candidates Model::candidates(const Ids& ids) const {
  NoGrad no_grad;
  if (head_table().quantized() != nullptr) return {ids, Var(head_table().quantized()->select(ids))};
  return {ids, Var(gather_rows(head_table().value(), ids))};
}

Tensor Model::step(const Ids& tokens, DecoderState& state, const Candidates& candidates) const {
  NoGrad no_grad;
  Var states(decoder_->step(shared_(tokens).value(), state));
  Tensor few = vocabulary_logits(states, candidates.rows, config_.scale_decoder_outputs).value();
  Tensor all =
      Tensor::full({few.dim(0), config_.vocab_size}, -std::numeric_limits<real>::infinity());
  const real* from = std::as_const(few).data();
  real* to = all.data();
  for (int64_t row = 0; row < few.dim(0); ++row)
    for (Id id : candidates.ids) to[row * config_.vocab_size + id] = *from++;
  return all;
}

std::optional<HeadScreen> Model::head_screen() const {
  constexpr int64_t kLarge = int64_t{1} << 22;
  const Var& table = head_table();
  if (table.quantized() != nullptr || table.value().size() < kLarge) return std::nullopt;
  return HeadScreen(table.value());
}

Tensor Model::step(const Ids& tokens, DecoderState& state, const HeadScreen& screen,
                   const Ids& apart) const {
  NoGrad no_grad;
  Var states(decoder_->step(shared_(tokens).value(), state));
  return screen.products(head_input(states).value(), apart);
}

std::unique_ptr<Model> make_model(const Config& config, uint64_t seed) {
  bool untied = config.head == Head::kLanguageModel && !config.tie_word_embeddings;
  return std::make_unique<Model>(config, random_source(seed), untied);
}

}  // namespace t5
