#include "t5/model/task_head.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "autograd/ops/arithmetic.h"
#include "t5/model/model.h"
#include "t5/model/task_text.h"
#include "tensor/error.h"

namespace t5 {
namespace {

// (N, in) -> (N, out), with the bias that T5 has nowhere else
struct Dense {
  Linear linear;
  Var bias;  // (out)

  Dense(Scope scope, int64_t in, int64_t out, double deviation)
      : linear(scope, in, out, deviation),
        bias(scope.parameter("bias", {out}, Init::constant(0))) {}
  Var operator()(const Var& x) const { return linear(x) + bias; }
};

int64_t label_count(const Config& config) { return static_cast<int64_t>(config.labels.size()); }

double deviation_of(const Config& config) {
  return config.initializer_factor / std::sqrt(static_cast<double>(config.d_model));
}

// The head's own dropout rate is another one; where the pass drops nothing, it does not either.
Dropout head_dropout(const Config& config, const Dropout& drop) {
  return {drop.active() ? static_cast<real>(config.classifier_dropout) : 0, drop.random};
}

// The row of the last eos in each sequence.
Ids last_eos_rows(const Batch& batch, Id eos) {
  Ids rows;
  for (int64_t b = 0; b < batch.sources.count(); ++b) {
    int64_t first = batch.sources.begin(b), row = first + batch.sources.length(b) - 1;
    while (row >= first && batch.inputs[row] != eos) --row;
    check(row >= first,
          "classification: sequence {} has no end token (id {}), whose state the head reads", b,
          eos);
    rows.push_back(static_cast<Id>(row));
  }
  return rows;
}

// (N, 2), how well an answer begins and ends at each token -> (2 B, longest): rows 2b and 2b + 1
// hold the begins and ends of sequence b, filled up with numbers that softmax makes 0.
Var span_logits(const Var& scores, const Segments& segments) {
  constexpr real kNever = -1e9;
  std::vector<Var> rows;
  for (int64_t b = 0; b < segments.count(); ++b) {
    int64_t begin = segments.begin(b), n = segments.length(b), rest = segments.longest() - n;
    Var row = transpose(slice(scores, 0, begin, begin + n));  // (2, n)
    rows.push_back(rest == 0 ? row : concatenate({row, Var(Tensor::full({2, rest}, kNever))}, 1));
  }
  return concatenate(rows, 0);
}

// (N, V) of all decoder positions
TaskForward make_language_model(Scope, const Config&) {
  return [](const Model& model, const Batch& batch, const Dropout& drop, const Observer& observe) {
    return model.head()(model.states(batch, drop, observe));
  };
}

// (N, M): the encoder's states
TaskForward make_encoder(Scope, const Config&) {
  return [](const Model& model, const Batch& batch, const Dropout& drop, const Observer& observe) {
    return model.encode(batch.inputs, batch.sources, drop, observe);
  };
}

// (B, labels): out_proj(drop(tanh(dense(drop(x))))) of the state at the last eos
TaskForward make_sequence_classifier(Scope root, const Config& c) {
  Scope scope = root / "classification_head";
  Dense dense(scope / "dense", c.d_model, c.d_model, deviation_of(c));
  Dense out_proj(scope / "out_proj", c.d_model, label_count(c), deviation_of(c));
  return [=](const Model& model, const Batch& batch, const Dropout& drop, const Observer& observe) {
    Dropout own = head_dropout(model.config(), drop);
    Var states = model.states(batch, drop, observe);
    Var x = gather_rows(states, last_eos_rows(batch, model.config().eos_token_id));
    return out_proj(dropout(tanh(dense(dropout(x, own))), own));
  };
}

// (N, labels) of the encoder's positions
TaskForward make_token_classifier(Scope root, const Config& c) {
  Dense classifier(root / "classifier", c.d_model, label_count(c), c.initializer_factor);
  return [=](const Model& model, const Batch& batch, const Dropout& drop, const Observer& observe) {
    Var memory = model.encode(batch.inputs, batch.sources, drop, observe);
    return classifier(dropout(memory, head_dropout(model.config(), drop)));
  };
}

// (2 B, longest input): where each answer begins and ends
TaskForward make_reader(Scope root, const Config& c) {
  Dense outputs(root / "qa_outputs", c.d_model, 2, deviation_of(c));
  return [=](const Model& model, const Batch& batch, const Dropout& drop, const Observer& observe) {
    return span_logits(outputs(model.states(batch, drop, observe)), batch.sources);
  };
}

size_t as_the_target(const TokenPair& pair) { return pair.target.size(); }
size_t as_the_input(const TokenPair& pair) { return pair.input.size(); }
size_t one(const TokenPair&) { return 1; }
size_t two(const TokenPair&) { return 2; }

}  // namespace

const std::vector<TaskHead>& task_heads() {
  using Metrics = std::vector<std::string>;
  const Metrics of_texts{"exact_match", "token_accuracy", "loss"},
      of_labels{"token_accuracy", "loss"};
  static const std::vector<TaskHead> rows = {
      {"language-model", "ForConditionalGeneration", "", true, false, of_texts, as_the_target,
       make_language_model, encode_text, nullptr},
      {"none", "EncoderModel", "", false, false, Metrics(), as_the_target, make_encoder,
       encode_nothing, nullptr},
      {"sequence-classification", "ForSequenceClassification", "transformer", true, true, of_labels,
       one, make_sequence_classifier, encode_label, answer_labels},
      {"token-classification", "ForTokenClassification", "transformer", false, true, of_labels,
       as_the_input, make_token_classifier, encode_word_labels, answer_word_labels},
      {"question-answering", "ForQuestionAnswering", "", true, false, of_labels, two, make_reader,
       encode_span, answer_spans}};
  return rows;
}

const TaskHead& task_head(const std::string& name) {
  std::vector<std::string> names;
  for (const TaskHead& head : task_heads()) {
    if (name == head.name) return head;
    names.push_back(head.name);
  }
  fail("head: '{}' is not one of {}", name, fmt::join(names, ", "));
}

const TaskHead& language_model() { return task_heads().front(); }

}  // namespace t5
