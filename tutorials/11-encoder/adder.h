// A stack of encoder blocks of which parts are left out, and a task that needs them all.
#pragma once

#include <cmath>

#include "autograd/ops/arithmetic.h"
#include "nn/optimizers/optimizer.h"
#include "nn/schedule.h"
#include "t5/model/blocks.h"
#include "t5/report/chart.h"
#include "tensor/ops/reduce.h"

namespace t5::tutorial {

// What a block is made of, beside attention.
struct Parts {
  const char* name;
  bool residual, norm, feed_forward;
};

// Digits in; to each the sum of it and of the one before it, modulo 10, comes out.
struct Adder {
  static constexpr int64_t kDigits = 10;

  Parts parts;
  Embedding digit;
  Encoder encoder;
  Linear head;

  Adder(Scope scope, const Config& config, const Parts& which)
      : parts(which),
        digit(scope / "digit", kDigits, config.d_model, 1),
        encoder(scope / "encoder", config),
        head(scope / "head", config.d_model, kDigits,
             1 / std::sqrt(static_cast<double>(config.d_model))) {}

  Var operator()(const Ids& digits, const Segments& rows) const {
    Var x = digit(digits);
    Var bias = (*encoder.blocks[0].self_attention.bias)(rows.longest(), rows.longest());
    for (const EncoderBlock& block : encoder.blocks) {
      const auto& [attention_norm, attention, own_bias] = block.self_attention;
      x = add(x, attention_norm, [&](const Var& in) {
        return attention(in, in, bias, {rows, rows}, {});
      });
      if (parts.feed_forward)
        x = add(x, block.feed_forward.layer_norm,
                [&](const Var& in) { return block.feed_forward.feed_forward(in, {}); });
    }
    return head(parts.norm ? encoder.final_layer_norm(x) : x);
  }

 private:
  template <class Sublayer>
  Var add(const Var& x, const RmsNorm& norm, const Sublayer& sublayer) const {
    Var y = sublayer(parts.norm ? norm(x) : x);
    return parts.residual ? x + y : y;
  }
};

// Rows of random digits laid end to end, and their sums; a row's first digit has no label.
struct Sums {
  Segments rows;
  Ids digits, labels;
};

inline Sums draw_sums(int64_t count, int64_t length, Random random) {
  Sums sums;
  for (int64_t b = 0; b < count; ++b) {
    sums.rows.push_back(length);
    for (int64_t i = 0; i < length; ++i) {
      auto digit = static_cast<Id>(random.below(Adder::kDigits));
      Id before = i == 0 ? 0 : sums.digits.back();
      sums.digits.push_back(digit);
      sums.labels.push_back(i == 0 ? kIgnoredLabel : (before + digit) % 10);
    }
  }
  return sums;
}

// The share of sums that come out right.
inline double right_share(const Adder& model, const Sums& sums) {
  NoGrad no_grad;
  Ids out = argmax(model(sums.digits, sums.rows).value());
  int64_t right = 0, all = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    all += sums.labels[i] != kIgnoredLabel;
    right += out[i] == sums.labels[i];
  }
  return static_cast<double>(right) / static_cast<double>(all);
}

struct Trained {
  std::vector<ChartPoint> losses;  // by step
  double share;                    // of new sums that come out right
};

inline Trained train_adder(const Parts& parts, int64_t steps) {
  Config config;
  config.d_model = 64, config.d_ff = 256, config.d_kv = 16, config.num_heads = 4;
  config.num_layers = 4;
  Parameters parameters(random_source(13));
  Adder model(Scope(parameters), config, parts);
  auto optimizer = make_adamw(parameters);
  Schedule schedule{Schedule::kLinear, 3e-3, 20, steps};
  Random random(14);
  Trained trained;
  for (int64_t step = 0; step < steps; ++step) {
    Sums sums = draw_sums(32, 12, random.fork(static_cast<uint64_t>(step)));
    Var loss = cross_entropy(model(sums.digits, sums.rows), sums.labels);
    loss.backward();
    optimizer->step(schedule.rate(step));
    parameters.zero_grad();
    trained.losses.push_back({static_cast<double>(step), loss.item()});
  }
  trained.share = right_share(model, draw_sums(200, 12, random.fork(static_cast<uint64_t>(steps))));
  return trained;
}

}  // namespace t5::tutorial
