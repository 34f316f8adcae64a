#include "tutorials/13-span-corruption/holes.h"

#include <algorithm>

#include "t5/generation/generate.h"
#include "tensor/ops/reduce.h"

namespace t5::tutorial {

Holes guess_holes(const Model& model, std::span<const TokenPair> pairs, const Markers& markers) {
  NoGrad no_grad;
  auto is_hidden = [&](Id id) {
    const Ids& sentinels = markers.sentinels;
    return id != markers.eos &&
           std::find(sentinels.begin(), sentinels.end(), id) == sentinels.end();
  };
  double loss = 0, right = 0, count = 0;
  for (; !pairs.empty(); pairs = pairs.subspan(std::min<size_t>(50, pairs.size()))) {
    Batch batch = make_batch(pairs.first(std::min<size_t>(50, pairs.size())), model.config());
    Tensor logits = model.forward(batch).value();
    Ids guesses = argmax(logits);
    for (int64_t row = 0; row < logits.dim(0); ++row) {
      Id label = batch.labels[row];
      if (!is_hidden(label)) continue;
      const real* scores = logits.data() + row * logits.dim(1);
      loss += log_sum_exp(scores, logits.dim(1)) - scores[label];
      right += guesses[row] == label;
      ++count;
    }
  }
  return {loss / count, right / count};
}

std::vector<TokenPair> with_wrong_inputs(std::vector<TokenPair> pairs) {
  Ids first = pairs.front().input;
  for (size_t i = 0; i + 1 < pairs.size(); ++i) pairs[i].input = pairs[i + 1].input;
  pairs.back().input = first;
  return pairs;
}

std::string filled(const Model& model, const Tokenizer& tokenizer, const std::string& text) {
  Ids input = tokenizer.encode(text + " <extra_id_1>");
  Ids output = generate(model, {input}, {.max_new_tokens = 12})[0];
  auto after = [&](int64_t k) {
    return std::find(output.begin(), output.end(), tokenizer.sentinel(k));
  };
  auto begin = after(0), end = after(1);
  return begin < end ? tokenizer.decode(Ids(begin + 1, end)) : "(nothing)";
}

}  // namespace t5::tutorial
