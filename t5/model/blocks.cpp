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

// The position bias of one layer: its own, or that of the layer before.
Var layer_bias(const AttentionLayer& layer, const Var& inherited, const Segments& segments) {
  if (!layer.bias) return inherited;
  return (*layer.bias)(segments.longest(), segments.longest());
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

AttentionLayer::AttentionLayer(Scope scope, const Config& c, Kind kind, bool with_bias)
    : layer_norm(scope / "layer_norm", c.d_model, c.layer_norm_epsilon, c.initializer_factor),
      attention(scope / attention_name(kind), c.d_model, c.num_heads, c.d_kv,
                c.initializer_factor) {
  if (with_bias)
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
  return add_dropout(x, feed_forward(layer_norm(x), dropout), dropout);
}

EncoderBlock::EncoderBlock(Scope scope, const Config& config, bool with_bias)
    : self_attention(scope / "layer" / 0, config, AttentionLayer::kEncoderSelf, with_bias),
      feed_forward(scope / "layer" / 1, config) {}

Var EncoderBlock::operator()(const Var& x, const Var& bias, const Segments& segments,
                             const Dropout& drop) const {
  if (!recomputed) return sublayers(x, bias, segments, drop);
  auto part = [this, segments](const std::vector<Var>& in, const Dropout& drop) {
    return sublayers(in[0], in[1], segments, drop);
  };
  return recompute(part, {x, bias}, drop);
}

Var EncoderBlock::sublayers(const Var& x, const Var& bias, const Segments& segments,
                            const Dropout& drop) const {
  // exercise 11-encoder/block — each sublayer reads a normed copy of the stream and adds to it
  const AttentionLayer& self = self_attention;
  Var normed = self.layer_norm(x);
  Var mixed = self.attention(normed, normed, bias, segments, segments, false, drop);
  Var attended = add_dropout(x, std::move(mixed), drop);
  return feed_forward(attended, drop);
  // end exercise
}

DecoderBlock::DecoderBlock(Scope scope, const Config& config, bool with_bias)
    : self_attention(scope / "layer" / 0, config, AttentionLayer::kDecoderSelf, with_bias),
      cross_attention(scope / "layer" / 1, config, AttentionLayer::kCross, false),
      feed_forward(scope / "layer" / 2, config) {}

Var DecoderBlock::operator()(const Var& x, const Var& bias, const Segments& targets,
                             const Var& memory, const Segments& sources,
                             const Dropout& drop) const {
  if (!recomputed) return sublayers(x, bias, targets, memory, sources, drop);
  auto part = [this, targets, sources](const std::vector<Var>& in, const Dropout& drop) {
    return sublayers(in[0], in[1], targets, in[2], sources, drop);
  };
  return recompute(part, {x, bias, memory}, drop);
}

Var DecoderBlock::sublayers(const Var& x, const Var& bias, const Segments& targets,
                            const Var& memory, const Segments& sources, const Dropout& drop) const {
  // exercise 12-decoder/block — look back, look at the source, think
  const AttentionLayer &self = self_attention, &cross = cross_attention;
  Var normed = self.layer_norm(x);
  Var own = self.attention(normed, normed, bias, targets, targets, true, drop);
  Var spoken = add_dropout(x, std::move(own), drop);
  Var read =
      cross.attention(cross.layer_norm(spoken), memory, Var(), targets, sources, false, drop);
  Var informed = add_dropout(spoken, std::move(read), drop);
  return feed_forward(informed, drop);
  // end exercise
}

Encoder::Encoder(Scope scope, const Config& config)
    : final_layer_norm(scope / "final_layer_norm", config.d_model, config.layer_norm_epsilon,
                       config.initializer_factor) {
  for (int64_t i = 0; i < config.num_layers; ++i)
    blocks.emplace_back(scope / "block" / i, config, i == 0 || config.bias_in_every_layer());
}

Var Encoder::operator()(const Var& embedded, const Segments& segments, const Dropout& drop,
                        const Observer& observe) const {
  // exercise 11-encoder/stack — the blocks in turn, one position bias for all, a norm at the end
  Var x = dropout(embedded, drop), bias;
  for (size_t i = 0; i < blocks.size(); ++i) {
    bias = layer_bias(blocks[i].self_attention, bias, segments);
    x = blocks[i](x, bias, segments, drop);
    show_block(observe, "encoder", i, x);
  }
  return dropout(finish(final_layer_norm, x, observe, "encoder"), drop);
  // end exercise
}

Decoder::Decoder(Scope scope, const Config& config)
    : final_layer_norm(scope / "final_layer_norm", config.d_model, config.layer_norm_epsilon,
                       config.initializer_factor) {
  for (int64_t i = 0; i < config.num_decoder_layers; ++i)
    blocks.emplace_back(scope / "block" / i, config, i == 0 || config.bias_in_every_layer());
}

Var Decoder::operator()(const Var& embedded, const Segments& targets, const Var& memory,
                        const Segments& sources, const Dropout& drop,
                        const Observer& observe) const {
  // exercise 12-decoder/stack — the encoder's stack, with the memory handed to every block
  Var x = dropout(embedded, drop), bias;
  for (size_t i = 0; i < blocks.size(); ++i) {
    bias = layer_bias(blocks[i].self_attention, bias, targets);
    x = blocks[i](x, bias, targets, memory, sources, drop);
    show_block(observe, "decoder", i, x);
  }
  return dropout(finish(final_layer_norm, x, observe, "decoder"), drop);
  // end exercise
}

DecoderState Decoder::start(const Tensor& memory, const Segments& sources) const {
  DecoderState state;
  for (const DecoderBlock& block : blocks) {
    const MultiHeadAttention& self = block.self_attention.attention;
    state.self.emplace_back(sources.count(), self.q.weight.dim(0));
    state.memory.push_back(block.cross_attention.attention.remember(memory, sources));
  }
  return state;
}

Tensor Decoder::step(const Tensor& embedded, DecoderState& state) const {
  NoGrad no_grad;
  auto norm = [](const RmsNorm& layer, const Tensor& x) { return layer(Var(x)).value(); };
  auto add = [](Tensor& x, const Tensor& y) { update([](real a, real b) { return a + b; }, x, y); };
  Tensor x = embedded.contiguous_copy(), bias;
  // exercise 16-generation/step — the decoder's stack for one new token a row
  for (size_t i = 0; i < blocks.size(); ++i) {
    const AttentionLayer &self = blocks[i].self_attention, &cross = blocks[i].cross_attention;
    // One query at position length(), keys 0 … length(): distances -length() … 0.
    if (self.bias) bias = (*self.bias)(state.self[i].length() + 1, 1).value().as_contiguous();
    add(x, self.attention.step(norm(self.layer_norm, x), bias, state.self[i]));
    add(x, cross.attention.step(norm(cross.layer_norm, x), state.memory[i]));
    x = blocks[i].feed_forward(Var(x), Dropout()).value();
  }
  return norm(final_layer_norm, x);
  // end exercise
}

void DecoderState::reorder(const std::vector<int64_t>& parents) {
  for (KeyValueCache& cache : self) cache.reorder(parents);
  for (MemoryCache& cache : memory) {
    std::vector<int64_t> source;
    for (int64_t parent : parents) source.push_back(cache.source[parent]);
    cache.source = std::move(source);
  }
}

}  // namespace t5
