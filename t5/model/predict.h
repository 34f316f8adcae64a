// What a model with a task head says about its inputs.
#pragma once

#include "t5/model/model.h"

namespace t5 {

// Of a classifier: for each input a matrix of probabilities, (1, labels) for a whole sequence,
// (S, labels) for its tokens.
std::vector<Tensor> label_probabilities(const Model& model, const std::vector<Ids>& inputs);

struct Span {
  int64_t begin = 0, end = 0;  // the first and the last token of the answer
  double probability = 0;      // of this begin times that of this end
};
// Of a question-answering model: for each input the likeliest span of at most `max_length` tokens
// that begins no earlier than contexts[i] and ends before eos.
std::vector<Span> answer_spans(const Model& model, const std::vector<Ids>& inputs,
                               const std::vector<int64_t>& contexts, int64_t max_length);

}  // namespace t5
