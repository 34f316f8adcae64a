#include "tutorials/14-training/looks.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/shaping.h"
#include "autograd/reference.h"
#include "t5/report/heat_map.h"
#include "tensor/ops/reduce.h"

namespace t5 {
namespace {

// The weights of one head, (T, S).
struct Look {
  int64_t block, head;
  Tensor weights;
};

// Of every head of every decoder block.
std::vector<Look> looks(const Model& model, const TokenPair& pair) {
  NoGrad no_grad;
  const Config& config = model.config();
  // The model's own decoder, block by block: the same parameters under the same names.
  Parameters parameters(shared_source(model.parameters()));
  Embedding embedding(Scope(parameters) / "shared", config.vocab_size, config.d_model, 1);
  Decoder decoder(Scope(parameters) / "decoder", config);
  Batch batch = make_batch({&pair, 1}, config);
  Var memory = model.encode(batch.inputs, batch.sources), x = embedding(batch.decoder_inputs);
  Reach own{batch.targets, batch.targets, true}, source{batch.targets, batch.sources};
  int64_t T = batch.targets.rows();
  Var bias = (*decoder.blocks[0].self_attention.bias)(T, T);
  std::vector<Look> all;
  for (size_t b = 0; b < decoder.blocks.size(); ++b) {
    const DecoderBlock& block = decoder.blocks[b];
    const auto& [self_norm, self, self_bias] = block.self_attention;
    const auto& [norm, cross, cross_bias] = block.cross_attention;
    Var written = x + self(self_norm(x), self_norm(x), bias, own, {});
    Var q = cross.q(norm(written)), k = cross.k(memory);
    for (int64_t h = 0; h < cross.heads; ++h) {
      auto head = [&](const Var& y) { return slice(y, 1, h * config.d_kv, (h + 1) * config.d_kv); };
      all.push_back(
          {static_cast<int64_t>(b), h, softmax(matmul(head(q), transpose(head(k)))).value()});
    }
    x = block(x, bias, own, memory, source, {});
  }
  return all;
}

// How many columns from `first` on some row looks at most.
int64_t width(const Look& look, int64_t first) {
  Ids columns = argmax(look.weights);
  std::set<Id> seen(columns.begin(), columns.end());
  return std::distance(seen.lower_bound(static_cast<Id>(first)), seen.end());
}

}  // namespace

std::string look_svg(const Model& model, const Tokenizer& tokenizer, const std::string& prefix,
                     const std::string& input, const std::string& target) {
  TokenPair pair{tokenizer.encode(prefix + input), tokenizer.encode(target)};
  auto first = std::ssize(tokenizer.encode_without_eos(prefix));
  std::vector<Look> all = looks(model, pair);
  const Look& look = *std::max_element(all.begin(), all.end(), [&](const Look& a, const Look& b) {
    return width(a, first) < width(b, first);
  });
  HeatMap map{fmt::format("Where head {} of block {} looks", look.head, look.block),
              "read",
              "written",
              {},
              {},
              {}};
  for (size_t i = 0; i < pair.target.size(); ++i) {
    map.rows.push_back(tokenizer.piece(pair.target[i]));
    for (size_t j = first; j < pair.input.size(); ++j)
      map.values.push_back(look.weights.at({static_cast<int64_t>(i), static_cast<int64_t>(j)}));
  }
  for (size_t j = first; j < pair.input.size(); ++j)
    map.columns.push_back(tokenizer.piece(pair.input[j]));
  return heat_map_svg(map);
}

}  // namespace t5
