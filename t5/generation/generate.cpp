#include "t5/generation/generate.h"

#include <algorithm>
#include <numeric>

#include "tensor/error.h"
#include "tensor/ops/reduce.h"

namespace t5 {
namespace {

// Greedy search over one batch: outputs[inputs[i]] for each i.
void generate_batch(const Model& model, const std::vector<Ids>& inputs,
                    const std::vector<int64_t>& chosen, int64_t max_new_tokens,
                    std::vector<Ids>& outputs) {
  Ids tokens;
  Segments segments;
  for (int64_t i : chosen) {
    tokens.insert(tokens.end(), inputs[i].begin(), inputs[i].end());
    segments.push_back(static_cast<int64_t>(inputs[i].size()));
  }
  DecoderState state = model.start(tokens, segments);
  std::vector<int64_t> rows = chosen;  // the input that each row of the state belongs to
  Ids last(rows.size(), model.config().decoder_start_token_id);
  for (int64_t n = 0; n < max_new_tokens && !rows.empty(); ++n) {
    Ids next = argmax(model.step(last, state));
    std::vector<int64_t> parents, alive;
    last.clear();
    for (size_t row = 0; row < rows.size(); ++row) {
      outputs[rows[row]].push_back(next[row]);
      if (next[row] == model.config().eos_token_id) continue;
      parents.push_back(static_cast<int64_t>(row));
      alive.push_back(rows[row]);
      last.push_back(next[row]);
    }
    if (alive.size() < rows.size()) state.reorder(parents);
    rows = std::move(alive);
  }
}

}  // namespace

std::vector<Ids> generate(const Model& model, const std::vector<Ids>& inputs,
                          const GenerateOptions& options) {
  for (const Ids& input : inputs)
    check(!input.empty(), "generate: an input has no tokens, not even eos");
  // Inputs of like length give outputs of like length: together they keep batches full.
  std::vector<int64_t> order(inputs.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return inputs[a].size() < inputs[b].size(); });
  std::vector<Ids> outputs(inputs.size());
  for (size_t begin = 0; begin < order.size(); begin += options.batch_size) {
    size_t end = std::min(begin + options.batch_size, order.size());
    generate_batch(model, inputs, {order.begin() + begin, order.begin() + end},
                   options.max_new_tokens, outputs);
  }
  return outputs;
}

}  // namespace t5
