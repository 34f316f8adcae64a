// The blocks of the encoder and the decoder, and the two stacks.
//
// Every sublayer is x + drop(f(norm(x))): the norm comes first and the sum is never normalised, so
// that the residual stream runs through the whole stack untouched ("pre-norm"). Structure and names
// are the checkpoint's: encoder.block.0.layer.0.SelfAttention.q.weight.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "nn/layers/attention.h"
#include "t5/model/config.h"

namespace t5 {

// The parts of x + drop(attention(norm(x), memory)); the blocks put them together. The first layer
// of a stack holds the position bias of all.
struct AttentionLayer {
  RmsNorm layer_norm;
  MultiHeadAttention attention;
  std::optional<RelativePositionBias> bias;

  enum Kind { kEncoderSelf, kDecoderSelf, kCross };
  AttentionLayer(Scope scope, const Config& config, Kind kind, bool with_bias);
};

// x + drop(feed_forward(norm(x)))
struct FeedForwardLayer {
  RmsNorm layer_norm;
  FeedForward feed_forward;

  FeedForwardLayer(Scope scope, const Config& config);
  Var operator()(const Var& x, const Dropout& dropout) const;
};

// With `recomputed`, a block keeps nothing for the backward pass but its inputs, and runs again
// there: about a quarter more time for a step, a part of the memory.
struct EncoderBlock {
  AttentionLayer self_attention;
  FeedForwardLayer feed_forward;
  bool recomputed = false;

  EncoderBlock(Scope scope, const Config& config, bool with_bias);
  // (N, M) -> (N, M)
  Var operator()(const Var& x, const Var& bias, const Segments& segments,
                 const Dropout& dropout) const;
  Var sublayers(const Var& x, const Var& bias, const Segments& segments,
                const Dropout& dropout) const;
};

struct DecoderBlock {
  AttentionLayer self_attention, cross_attention;
  FeedForwardLayer feed_forward;
  bool recomputed = false;

  DecoderBlock(Scope scope, const Config& config, bool with_bias);
  // (N', M) of the targets and (N, M) of the encoder's states -> (N', M)
  Var operator()(const Var& x, const Var& bias, const Segments& targets, const Var& memory,
                 const Segments& sources, const Dropout& dropout) const;
  Var sublayers(const Var& x, const Var& bias, const Segments& targets, const Var& memory,
                const Segments& sources, const Dropout& dropout) const;
};

// Called with each inner state and its name as it is computed: encoder.block.0.output, …,
// encoder_last_hidden_state, decoder.block.0.output, …. An empty one costs nothing.
using Observer = std::function<void(const std::string& name, const Var& state)>;

// (N, M) embedded tokens -> (N, M) states
struct Encoder {
  std::vector<EncoderBlock> blocks;
  RmsNorm final_layer_norm;

  Encoder(Scope scope, const Config& config);
  Var operator()(const Var& embedded, const Segments& segments, const Dropout& dropout,
                 const Observer& observe = {}) const;
};

// What generation carries from one step to the next: per layer, the keys and values so far and
// those of the encoder's states.
struct DecoderState {
  std::vector<KeyValueCache> self;
  std::vector<MemoryCache> memory;

  int64_t rows() const { return self.front().rows(); }
  int64_t length() const { return self.front().length(); }
  // Row i continues what row parents[i] was.
  void reorder(const std::vector<int64_t>& parents);
};

struct Decoder {
  std::vector<DecoderBlock> blocks;
  RmsNorm final_layer_norm;

  Decoder(Scope scope, const Config& config);
  // (N, M) embedded tokens of `targets`, attending to the encoder's states of `sources`.
  Var operator()(const Var& embedded, const Segments& targets, const Var& memory,
                 const Segments& sources, const Dropout& dropout,
                 const Observer& observe = {}) const;

  DecoderState start(const Tensor& memory, const Segments& sources) const;
  // The next token of each row: (rows, M) -> (rows, M).
  Tensor step(const Tensor& embedded, DecoderState& state) const;
};

}  // namespace t5
