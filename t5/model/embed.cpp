#include "t5/model/embed.h"

#include "t5/model/finite_pass.h"

namespace t5 {

std::vector<Tensor> embed(const Model& model, const std::vector<Ids>& inputs, Pooling pooling) {
  NoGrad no_grad;
  Ids ids;
  Segments segments;
  for (const Ids& input : inputs) {
    ids.insert(ids.end(), input.begin(), input.end());
    segments.push_back(std::ssize(input));
  }
  Var states = finite_pass(model, [&] { return model.encode(ids, segments); });
  segments = model.encoded(segments);
  std::vector<Tensor> vectors;
  for (int64_t b = 0; b < segments.count(); ++b) {
    Var rows = slice(states, 0, segments.begin(b), segments.begin(b) + segments.length(b));
    vectors.push_back((pooling == Pooling::kMean ? mean(rows, 0) : rows).value());
  }
  return vectors;
}

}  // namespace t5
