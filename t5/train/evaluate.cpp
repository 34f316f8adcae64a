#include "t5/train/evaluate.h"

#include <algorithm>

#include "t5/model/finite_pass.h"
#include "tensor/ops/reduce.h"

namespace t5 {
namespace {

PairScore score_rows(const Tensor& logits, const Ids& labels, int64_t begin, int64_t end) {
  PairScore score;
  int64_t vocabulary = logits.dim(1);
  for (int64_t r = begin; r < end; ++r) {
    if (labels[r] == kIgnoredLabel) continue;
    const real* row = logits.data() + r * vocabulary;
    score.log_probability += row[labels[r]] - log_sum_exp(row, vocabulary);
    score.correct += std::max_element(row, row + vocabulary) - row == labels[r];
    ++score.tokens;
  }
  return score;
}

}  // namespace

std::vector<PairScore> score_pairs(const Model& model, std::span<const TokenPair> pairs,
                                   int64_t batch_size) {
  NoGrad no_grad;
  std::vector<PairScore> scores;
  for (size_t begin = 0; begin < pairs.size(); begin += batch_size) {
    size_t count = std::min<size_t>(batch_size, pairs.size() - begin);
    Batch batch = make_batch(pairs.subspan(begin, count), model.config());
    Tensor logits = finite_pass(model, [&] { return model.forward(batch).value(); });
    int64_t first = 0;
    for (const TokenPair& pair : pairs.subspan(begin, count)) {
      int64_t end = first + std::ssize(pair.target);
      scores.push_back(score_rows(logits, batch.labels, first, end));
      first = end;
    }
  }
  return scores;
}

Evaluation evaluate(const Model& model, std::span<const TokenPair> pairs, int64_t batch_size) {
  PairScore total;
  for (const PairScore& score : score_pairs(model, pairs, batch_size)) {
    total.log_probability += score.log_probability;
    total.tokens += score.tokens;
    total.correct += score.correct;
  }
  double tokens = static_cast<double>(std::max<int64_t>(total.tokens, 1));
  return {total.loss(), static_cast<double>(total.correct) / tokens};
}

}  // namespace t5
