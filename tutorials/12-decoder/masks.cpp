#include "tutorials/12-decoder/masks.h"

#include <fmt/format.h>

#include <cmath>
#include <functional>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/shaping.h"
#include "autograd/reference.h"
#include "t5/model/blocks.h"
#include "t5/report/svg.h"

namespace t5 {
namespace {

constexpr real kNever = -1e9;

// (n, n): 0 where query i may see key j. A prefix of 0 is the causal mask, one of n no mask.
Var mask_of(int64_t n, int64_t prefix) {
  Tensor mask = Tensor::zeros({n, n});
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = std::max(i + 1, prefix); j < n; ++j) mask.mutable_data()[i * n + j] = kNever;
  return Var(mask);
}

Var weights(const MultiHeadAttention& layer, const Var& x, const Var& mask) {
  return softmax(matmul(layer.q(x), transpose(layer.k(x))) + mask);
}

// The squared length of the gradient of one number of each state with respect to each token.
Tensor dependences(const std::function<Var(const Var&)>& run, int64_t width) {
  Random random(4);
  Var x(Tensor::normal({kTokens, width}, random), true);
  Tensor out({kTokens, kTokens});
  for (int64_t i = 0; i < kTokens; ++i) {
    x.zero_grad();
    sum(slice(slice(run(x), 0, i, i + 1), 1, 0, 1)).backward();
    for (int64_t j = 0; j < kTokens; ++j)
      out.mutable_data()[i * kTokens + j] = real(squared_norm(x.grad().select(0, j)));
  }
  return out;
}

// One stack for everything: two layers of attention with sums, under a mask.
Tensor one_stack(int64_t prefix) {
  constexpr int64_t kWidth = 32;
  Parameters parameters(random_source(3));
  std::vector<MultiHeadAttention> layers;
  for (const char* name : {"0", "1"})
    layers.emplace_back(Scope(parameters) / name, kWidth, 1, 32, 1);
  return dependences(
      [&](Var x) {
        for (const MultiHeadAttention& layer : layers)
          x = x + layer.o(matmul(weights(layer, x, mask_of(kTokens, prefix)), layer.v(x)));
        return x;
      },
      kWidth);
}

// T5's two: the source through the encoder, the target through the decoder.
Tensor two_stacks() {
  Config config = preset_config("tiny");
  Parameters parameters(random_source(3));
  Encoder encoder(Scope(parameters) / "encoder", config);
  Decoder decoder(Scope(parameters) / "decoder", config);
  Segments source({kSource}), target({kTokens - kSource});
  return dependences(
      [&](const Var& x) {
        Var memory = encoder(slice(x, 0, 0, kSource), source, {});
        Var states = decoder(slice(x, 0, kSource, kTokens), {target, target, true}, memory,
                             {target, source}, {});
        return concatenate({memory, states}, 0);
      },
      config.d_model);
}

std::string square(double x, double y, double side, const char* fill, double opacity) {
  return fmt::format(
      "<rect x=\"{0:.1f}\" y=\"{1:.1f}\" width=\"{2:.1f}\" height=\"{2:.1f}\" fill=\"{3}\" "
      "fill-opacity=\"{4:.2f}\" stroke=\"#9ca3af\"/>\n",
      x, y, side, fill, opacity);
}

std::string centred(double x, double y, const char* text, const char* more = "") {
  return svg_text(x, y, fmt::format("text-anchor=\"middle\" {}", more), text);
}

}  // namespace

std::string masks_svg() {
  constexpr int64_t n = 7;
  constexpr double kSide = 24, kTop = 84;
  Parameters parameters(random_source(5));
  MultiHeadAttention layer(Scope(parameters), 16, 1, 16, 1.5);
  Random random(6);
  Var x(Tensor::normal({n, 16}, random));
  std::string out = svg_heading(14, 27, "One set of scores, three masks");
  double left = 14;
  for (auto [name, prefix] : {std::pair{"all: the encoder", n},
                              {"the past: the decoder", int64_t{0}},
                              {"a prefix, and the past", int64_t{3}}}) {
    out += centred(left + kSide * n / 2, kTop - 14, name);
    Tensor p = weights(layer, x, mask_of(n, prefix)).value();
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < n; ++j)
        out += square(left + kSide * static_cast<double>(j), kTop + kSide * static_cast<double>(i),
                      kSide, svg_colour(0), std::sqrt(p.at({i, j})));
    left += kSide * n + 34;
  }
  return svg_picture(600, kTop + kSide * n + 16, "Three masks", out);
}

std::vector<Architecture> three_architectures() {
  return {{"encoder and decoder", "T5: two stacks", two_stacks()},
          {"language model", "GPT: one stack", one_stack(0)},
          {"prefix model", "one stack", one_stack(kSource)}};
}

std::string architectures_svg(const std::vector<Architecture>& all) {
  constexpr double kSide = 18, kTop = 106;
  std::string out = svg_heading(14, 27, "Which token depends on which");
  double left = 14;
  for (const Architecture& one : all) {
    double middle = left + kSide * kTokens / 2;
    out += centred(middle, kTop - 40, one.name, "font-weight=\"600\"");
    out += centred(middle, kTop - 18, one.stacks);
    bool is_two = &one == &all[0];
    for (int64_t i = 0; i < kTokens; ++i)
      for (int64_t j = 0; j < kTokens; ++j) {
        // 0: encoder or only stack, 1: the decoder's own, 3: across
        size_t colour = !is_two || i < kSource ? 0 : j < kSource ? 3 : 1;
        out += square(left + kSide * static_cast<double>(j), kTop + kSide * static_cast<double>(i),
                      kSide - 1.5, svg_colour(colour), one.depends.at({i, j}) > 0 ? 0.75 : 0);
      }
    left += kSide * kTokens + 40;
  }
  double y = kTop + kSide * kTokens + 28, x = 14;
  for (auto [colour, name] :
       {std::pair{0, "within one stack"}, {3, "cross-attention"}, {1, "the decoder's own"}}) {
    out += square(x, y - 12, 13, svg_colour(colour), 0.75) + svg_text(x + 20, y, "", name);
    x += 186;
  }
  return svg_picture(600, y + 16, "Three architectures", out);
}

}  // namespace t5
