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
  AttentionLayer(Scope scope, const Config& config, Kind kind, int64_t layer);
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

  EncoderBlock(Scope scope, const Config& config, int64_t layer);
  // (N, M) -> (N, M)
  Var operator()(const Var& x, const Var& bias, const Reach& reach, const Dropout& dropout) const;
  Var sublayers(const Var& x, const Var& bias, const Reach& reach, const Dropout& dropout) const;
};

struct DecoderBlock {
  AttentionLayer self_attention, cross_attention;
  FeedForwardLayer feed_forward;
  bool recomputed = false;

  DecoderBlock(Scope scope, const Config& config, int64_t layer);
  // (N', M) of the targets and (N, M) of the encoder's states -> (N', M). `own` and `source` say
  // which of the targets' and of the sources' tokens each token attends to.
  Var operator()(const Var& x, const Var& bias, const Reach& own, const Var& memory,
                 const Reach& source, const Dropout& dropout) const;
  Var sublayers(const Var& x, const Var& bias, const Reach& own, const Var& memory,
                const Reach& source, const Dropout& dropout) const;
};

// (N, M) embedded tokens -> (N, M) states
struct Encoder {
  std::vector<EncoderBlock> blocks;
  RmsNorm final_layer_norm;

  Encoder(Scope scope, const Config& config);
  Var operator()(const Var& embedded, const Segments& segments, const Dropout& dropout,
                 const Observer& observe = {}) const;
};

// What generation carries from one pass to the next: the keys and values, in every layer, of the
// tokens that each row has written and of the encoder's states that it reads. Rows may have
// different lengths, join (Model::join) and leave.
struct DecoderState {
  KeyValueCache written, read;

  int64_t rows() const { return written.rows(); }
  int64_t length(int64_t row) const { return written.length(row); }
  // Row i continues what row parents[i] was; one that is no parent leaves.
  void reorder(const std::vector<int64_t>& parents);
  // Takes back all but the first `length` tokens of a row.
  void truncate(int64_t row, int64_t length) { written.truncate(row, length); }
};

struct Decoder {
  std::vector<DecoderBlock> blocks;
  RmsNorm final_layer_norm;

  Decoder(Scope scope, const Config& config);
  // One pass over (N, M) embedded tokens: all of the targets, or, with the caches of a state in
  // `own` and `source`, the new ones of each row, any number of them; memory is then undefined.
  Var operator()(const Var& embedded, const Reach& own, const Var& memory, const Reach& source,
                 const Dropout& dropout, const Observer& observe = {}) const;

  DecoderState start() const;  // without rows
  // Adds a row for each sequence of the encoder's states.
  void join(const Var& memory, const Segments& sources, DecoderState& state) const;
};

}  // namespace t5
