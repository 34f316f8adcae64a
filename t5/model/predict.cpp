#include "t5/model/predict.h"

#include "tensor/error.h"

namespace t5 {
namespace {

// softmax of the logits, a row for each label that the inputs would have.
Tensor probabilities(const Model& model, const std::vector<Ids>& inputs) {
  NoGrad no_grad;
  return softmax(model.forward(make_input_batch(inputs, model.config()))).value().as_contiguous();
}

}  // namespace

std::vector<Tensor> label_probabilities(const Model& model, const std::vector<Ids>& inputs) {
  check(model.config().classifies(), "classify: a model with head {} has no labels",
        head_name(model.config().head));
  Tensor all = probabilities(model, inputs);
  bool per_token = model.config().head == Head::kTokenClassification;
  std::vector<Tensor> rows;
  int64_t begin = 0;
  for (const Ids& input : inputs) {
    int64_t count = per_token ? std::ssize(input) : 1;
    rows.push_back(all.slice(0, begin, begin + count));
    begin += count;
  }
  return rows;
}

std::vector<Span> answer_spans(const Model& model, const std::vector<Ids>& inputs,
                               const std::vector<int64_t>& contexts, int64_t max_length) {
  check(model.config().head == Head::kQuestionAnswering,
        "answer: a model with head {} finds no answers", head_name(model.config().head));
  Tensor all = probabilities(model, inputs);
  std::vector<Span> spans;
  for (int64_t i = 0; i < std::ssize(inputs); ++i) {
    Span best{contexts[i], contexts[i], -1};
    int64_t end = std::ssize(inputs[i]) - 1;
    for (int64_t first = contexts[i]; first < end; ++first)
      for (int64_t last = first; last < std::min(end, first + max_length); ++last) {
        double p = static_cast<double>(all.at({2 * i, first})) * all.at({2 * i + 1, last});
        if (p > best.probability) best = {first, last, p};
      }
    check(best.probability >= 0, "answer: the context of input {} is empty", i + 1);
    spans.push_back(best);
  }
  return spans;
}

}  // namespace t5
