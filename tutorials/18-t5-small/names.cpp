#include "tutorials/18-t5-small/names.h"

#include <fmt/format.h>

namespace t5::lesson {
namespace {

// The list in the making.
class List {
 public:
  explicit List(const Config& config) : c_(config) {}

  void add(const std::string& name, std::vector<int64_t> shape) {
    all_.push_back({name + ".weight", std::move(shape)});
  }

  // Number `layer` of a block: a norm, and attention called `kind`. A bias has a row per bucket.
  void attention(const std::string& layer, const std::string& kind, bool with_bias) {
    int64_t inner = c_.num_heads * c_.d_kv;
    add(layer + ".layer_norm", {c_.d_model});
    for (const char* matrix : {"q", "k", "v"})
      add(fmt::format("{}.{}.{}", layer, kind, matrix), {inner, c_.d_model});
    add(fmt::format("{}.{}.o", layer, kind), {c_.d_model, inner});
    if (with_bias)
      add(fmt::format("{}.{}.relative_attention_bias", layer, kind),
          {c_.relative_attention_num_buckets, c_.num_heads});
  }

  // Number `layer` of a block: a norm, and the feed-forward matrices.
  void feed_forward(const std::string& layer) {
    add(layer + ".layer_norm", {c_.d_model});
    for (const char* matrix : {"wi", "wi_0", "wi_1"})
      if (c_.gated == (std::string(matrix) != "wi"))
        add(fmt::format("{}.DenseReluDense.{}", layer, matrix), {c_.d_ff, c_.d_model});
    add(layer + ".DenseReluDense.wo", {c_.d_model, c_.d_ff});
  }

  std::vector<NamedShape> take() { return std::move(all_); }

 private:
  const Config& c_;
  std::vector<NamedShape> all_;
};

}  // namespace

std::vector<NamedShape> parameters_of(const Config& config) {
  List list(config);
  // exercise 18-t5-small/names — the embedding, two stacks of blocks, perhaps a head
  list.add("shared", {config.vocab_size, config.d_model});
  for (const std::string& stack : {std::string("encoder"), std::string("decoder")}) {
    bool decoder = stack == "decoder";
    int64_t blocks = decoder ? config.num_decoder_layers : config.num_layers;
    for (int64_t i = 0; i < blocks; ++i) {
      std::string layer = fmt::format("{}.block.{}.layer.", stack, i);
      list.attention(layer + "0", "SelfAttention", i == 0 || config.bias_in_every_layer());
      if (decoder) list.attention(layer + "1", "EncDecAttention", false);
      list.feed_forward(layer + (decoder ? "2" : "1"));
    }
    list.add(stack + ".final_layer_norm", {config.d_model});
  }
  if (!config.tie_word_embeddings) list.add("lm_head", {config.vocab_size, config.d_model});
  return list.take();
  // end exercise
}

}  // namespace t5::lesson
