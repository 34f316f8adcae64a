#include "t5/model/blocks.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "autograd/recompute.h"

namespace t5 {
namespace {

const char* attention_name(AttentionLayer::Kind kind) {
  return kind == AttentionLayer::kCross ? "EncDecAttention" : "SelfAttention";
}

// The position bias of one layer: its own, or that of the layer before. With a cache the last of
// its longest row's tokens asks at the end of the row, not at the beginning: its distances, to
// itself and to all before, are those of so many queries and one key.
Var layer_bias(const AttentionLayer& layer, const Var& inherited, const Reach& reach) {
  if (!layer.bias) return inherited;
  if (reach.cache != nullptr) return (*layer.bias)(reach.cache->longest(), 1);
  return (*layer.bias)(reach.queries.longest(), reach.keys.longest());
}

void show_block(const Observer& observe, const char* stack, size_t i, const Var& x) {
  if (observe) observe(fmt::format("{}.block.{}.output", stack, i), x);
}

// The end of a stack.
Var finish(const RmsNorm& norm, const Var& x, const Observer& observe, const char* stack) {
  Var y = norm(x);
  if (observe) observe(fmt::format("{}_last_hidden_state", stack), y);
  return y;
}

}  // namespace

AttentionLayer::AttentionLayer(Scope scope, const Config& c, Kind kind, int64_t layer)
    : layer_norm(scope / "layer_norm", c.d_model, c.layer_norm_epsilon, c.initializer_factor),
      attention(scope / attention_name(kind), c.d_model, c.num_heads, c.d_kv, c.initializer_factor,
                layer) {
  if (kind != kCross && (layer == 0 || c.bias_in_every_layer()))
    bias.emplace(scope / attention_name(kind) / "relative_attention_bias", c.num_heads,
                 c.relative_attention_num_buckets, c.relative_attention_max_distance,
                 kind == kEncoderSelf,
                 c.initializer_factor / std::sqrt(static_cast<double>(c.d_model)));
}

FeedForwardLayer::FeedForwardLayer(Scope scope, const Config& c)
    : layer_norm(scope / "layer_norm", c.d_model, c.layer_norm_epsilon, c.initializer_factor),
      feed_forward(scope / "DenseReluDense", c.d_model, c.d_ff, c.activation, c.gated,
                   c.initializer_factor) {}

Var FeedForwardLayer::operator()(const Var& x, const Dropout& dropout) const {
  return add_residual(x, feed_forward(layer_norm(x), dropout), dropout);
}

EncoderBlock::EncoderBlock(Scope scope, const Config& config, int64_t layer)
    : self_attention(scope / "layer" / 0, config, AttentionLayer::kEncoderSelf, layer),
      feed_forward(scope / "layer" / 1, config) {}

// The part that runs again has a block of its own: handles on the same parameters.
Var EncoderBlock::operator()(const Var& x, const Var& bias, const Reach& reach,
                             const Dropout& drop) const {
  if (!recomputed) return sublayers(x, bias, reach, drop);
  auto part = [block = *this, reach](const std::vector<Var>& in, const Dropout& drop) {
    return block.sublayers(in[0], in[1], reach, drop);
  };
  return recompute(part, {x, bias}, drop);
}

Var EncoderBlock::sublayers(const Var& x, const Var& bias, const Reach& reach,
                            const Dropout& drop) const {
  // exercise 11-encoder/block — each sublayer reads a normed copy of the stream and adds to it
  const AttentionLayer& self = self_attention;
  Var normed = self.layer_norm(x);
  Var mixed = self.attention(normed, normed, bias, reach, drop);
  Var attended = add_residual(x, std::move(mixed), drop);
  return feed_forward(attended, drop);
  // end exercise
}

DecoderBlock::DecoderBlock(Scope scope, const Config& config, int64_t layer)
    : self_attention(scope / "layer" / 0, config, AttentionLayer::kDecoderSelf, layer),
      cross_attention(scope / "layer" / 1, config, AttentionLayer::kCross, layer),
      feed_forward(scope / "layer" / 2, config) {}

Var DecoderBlock::operator()(const Var& x, const Var& bias, const Reach& own, const Var& memory,
                             const Reach& source, const Dropout& drop) const {
  if (!recomputed) return sublayers(x, bias, own, memory, source, drop);
  auto part = [block = *this, own, source](const std::vector<Var>& in, const Dropout& drop) {
    return block.sublayers(in[0], in[1], own, in[2], source, drop);
  };
  return recompute(part, {x, bias, memory}, drop);
}

Var DecoderBlock::sublayers(const Var& x, const Var& bias, const Reach& own, const Var& memory,
                            const Reach& source, const Dropout& drop) const {
  // exercise 12-decoder/block — look back, look at the source, think
  const AttentionLayer &self = self_attention, &cross = cross_attention;
  Var normed = self.layer_norm(x);
  Var looked = self.attention(normed, normed, bias, own, drop);
  Var spoken = add_residual(x, std::move(looked), drop);
  Var read = cross.attention(cross.layer_norm(spoken), memory, Var(), source, drop);
  Var informed = add_residual(spoken, std::move(read), drop);
  return feed_forward(informed, drop);
  // end exercise
}

Encoder::Encoder(Scope scope, const Config& config)
    : final_layer_norm(scope / "final_layer_norm", config.d_model, config.layer_norm_epsilon,
                       config.initializer_factor) {
  for (int64_t i = 0; i < config.num_layers; ++i)
    blocks.emplace_back(scope / "block" / i, config, i);
}

Var Encoder::operator()(const Var& embedded, const Segments& segments, const Dropout& drop,
                        const Observer& observe) const {
  Reach reach{segments, segments};
  // exercise 11-encoder/stack — the blocks in turn, one position bias for all, a norm at the end
  Var x = dropout(embedded, drop), bias;
  for (size_t i = 0; i < blocks.size(); ++i) {
    bias = layer_bias(blocks[i].self_attention, bias, reach);
    x = blocks[i](x, bias, reach, drop);
    show_block(observe, "encoder", i, x);
  }
  return dropout(finish(final_layer_norm, x, observe, "encoder"), drop);
  // end exercise
}

Decoder::Decoder(Scope scope, const Config& config)
    : final_layer_norm(scope / "final_layer_norm", config.d_model, config.layer_norm_epsilon,
                       config.initializer_factor) {
  for (int64_t i = 0; i < config.num_decoder_layers; ++i)
    blocks.emplace_back(scope / "block" / i, config, i);
}

Var Decoder::operator()(const Var& embedded, const Reach& own, const Var& memory,
                        const Reach& source, const Dropout& drop, const Observer& observe) const {
  // exercise 12-decoder/stack — the encoder's stack, with the memory handed to every block
  Var x = dropout(embedded, drop), bias;
  for (size_t i = 0; i < blocks.size(); ++i) {
    bias = layer_bias(blocks[i].self_attention, bias, own);
    x = blocks[i](x, bias, own, memory, source, drop);
    show_block(observe, "decoder", i, x);
  }
  return dropout(finish(final_layer_norm, x, observe, "decoder"), drop);
  // end exercise
}

DecoderState Decoder::start() const {
  int64_t width = blocks.front().self_attention.attention.q.weight.dim(0);
  return {KeyValueCache(std::ssize(blocks), width), KeyValueCache(std::ssize(blocks), width)};
}

void Decoder::join(const Var& memory, const Segments& sources, DecoderState& state) const {
  Segments news;  // of all rows, those that are there having read everything
  for (int64_t row = 0; row < state.rows(); ++row) news.push_back(0);
  for (int64_t b = 0; b < sources.count(); ++b) news.push_back(sources.length(b));
  state.written.add_rows(sources.count());
  state.read.add_rows(sources.count());
  state.read.extend(news);
  for (const DecoderBlock& block : blocks)
    block.cross_attention.attention.remember(memory, state.read);
}

void DecoderState::reorder(const std::vector<int64_t>& parents) {
  written.reorder(parents);
  read.reorder(parents);
}

}  // namespace t5
