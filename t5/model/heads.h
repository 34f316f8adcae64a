// The heads that turn states into answers other than text; names and arithmetic are those of
// T5ForSequenceClassification, T5ForTokenClassification and T5ForQuestionAnswering in transformers.
#pragma once

#include "nn/layers/basic.h"

namespace t5 {

// (N, in) -> (N, out), with the bias that T5 has nowhere else
struct Dense {
  Linear linear;
  Var bias;  // (out)

  Dense(Scope scope, int64_t in, int64_t out, double deviation)
      : linear(scope, in, out, deviation),
        bias(scope.parameter("bias", {out}, Init::constant(0))) {}
  Var operator()(const Var& x) const;
};

// (B, M) -> (B, labels): out_proj(drop(tanh(dense(drop(x)))))
struct ClassificationHead {
  Dense dense, out_proj;

  ClassificationHead(Scope scope, int64_t width, int64_t labels, double deviation)
      : dense(scope / "dense", width, width, deviation),
        out_proj(scope / "out_proj", width, labels, deviation) {}
  Var operator()(const Var& x, const Dropout& dropout) const;
};

// The row of the last `eos` in each sequence. A sequence without one throws.
Ids last_eos_rows(const Ids& inputs, const Segments& segments, Id eos);

// (N, 2), how well an answer begins and ends at each token -> (2 B, longest): rows 2b and 2b + 1
// hold the begins and ends of sequence b, filled up with numbers that softmax makes 0.
Var span_logits(const Var& scores, const Segments& segments);

}  // namespace t5
