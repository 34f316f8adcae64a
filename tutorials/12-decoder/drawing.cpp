#include "tutorials/12-decoder/drawing.h"

#include <fmt/format.h>

#include <cmath>
#include <numeric>

#include "t5/report/svg.h"

namespace t5 {
namespace {

constexpr const char* kColours[] = {"#a3abb8", "#8cbfe8", "#0058a8", "#fbc48f",
                                    "#a8458c", "#d95508", "#111827"};
constexpr const char* kInk = "#374151";

std::string text(double x, double y, const std::string& what, const char* attributes = "") {
  return svg_text(x, y, attributes, what);
}

std::string centred(double x, double y, const std::string& what) {
  return text(x, y, what, "text-anchor=\"middle\"");
}

std::string box(double x, double y, double width, double height, const char* fill,
                const char* attributes = "") {
  return fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\" {}/>\n", x, y,
      width, height, fill, attributes);
}

// A line through the points "x,y x,y …", with an arrow at its end.
std::string arrow(const std::string& points, const char* colour = kInk, double width = 1) {
  return fmt::format(
      "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" "
      "marker-end=\"url(#tip)\"/>\n",
      points, colour, width);
}

const char* const kArrowTip =
    "<defs><marker id=\"tip\" markerWidth=\"9\" markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" "
    "refX=\"7\" refY=\"4\" orient=\"auto\"><path d=\"M0,0L8,4L0,8z\" "
    "fill=\"#374151\"/></marker></defs>\n";

// "60.5 M"
std::string in_millions(int64_t n) {
  double millions = static_cast<double>(n) / 1e6;
  return millions < 1000 ? fmt::format("{:.3g} M", millions)
                         : fmt::format("{:.3g} G", millions / 1000);
}

// One matrix of who_sees_whom: shade by the size of the gradient, zeros left white.
std::string squares(const Tensor& view, double left, double top, const std::string& columns) {
  constexpr double kSide = 29;
  double largest = 0;
  for (real v : view.to_vector()) largest = std::max<double>(largest, v);
  std::string out = text(left, top - 32, columns, "font-weight=\"600\"");
  for (int64_t i = 0; i < view.dim(0); ++i) {
    out += text(left - 9, top + kSide * (i + 0.66), std::to_string(i), "text-anchor=\"end\"");
    for (int64_t j = 0; j < view.dim(1); ++j) {
      double v = view.at({i, j}), shade = std::sqrt(v / largest);
      std::string colour =
          v == 0 ? "#ffffff" : fmt::format("rgba(0,88,168,{:.2f})", 0.2 + 0.8 * shade);
      out += box(left + kSide * j, top + kSide * i, kSide - 2, kSide - 2, colour.c_str(),
                 "stroke=\"#9ca3af\"");
    }
  }
  for (int64_t j = 0; j < view.dim(1); ++j)
    out += centred(left + kSide * (j + 0.45), top - 8, std::to_string(j));
  return out;
}

// A stack of sublayers from the bottom up, with the residual stream on its left side.
class Stack {
 public:
  static constexpr double kWidth = 196, kIn = 26;  // of a sublayer's box; how far it stands in

  Stack(double left, double bottom) : left_(left), y_(bottom) {}

  double y() const { return y_; }
  std::string svg() const { return svg_; }

  void label(const std::string& what) { svg_ += text(left_ - 14, y_ + 22, what); }

  // norm → sublayer, then its output is added to the stream.
  double sublayer(const std::string& name, const std::string& formula, const char* colour) {
    double base = y_, middle = base - 46, box_left = left_ + kIn;
    stream(base - kHeight);
    svg_ += arrow(fmt::format("{0},{1} {2},{1}", left_, base - 10, box_left + 18));
    svg_ += box(box_left + 20, base - 22, 56, 24, "#fef3c7", "stroke=\"#8a6d00\" rx=\"4\"") +
            centred(box_left + 48, base - 5, "norm");
    svg_ += arrow(fmt::format("{0},{1} {2},{1} {2},{3}", box_left + 76, base - 10, box_left + 120,
                              middle + 15));
    svg_ += box(box_left, middle - 32, kWidth, 46, colour, "stroke=\"#374151\" rx=\"4\"") +
            centred(box_left + kWidth / 2, middle - 13, name) +
            centred(box_left + kWidth / 2, middle + 6, formula);
    svg_ += arrow(fmt::format("{0},{1} {2},{1}", box_left, middle - 9, left_ + 11));
    svg_ += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"10\" fill=\"#ffffff\" stroke=\"{}\"/>\n",
                        left_, middle - 9, kInk) +
            centred(left_, middle - 3.5, "+");
    y_ = base - kHeight;
    return middle - 9;
  }

  void norm() {
    stream(y_ - 50);
    svg_ += box(left_ - 28, y_ - 38, 56, 24, "#fef3c7", "stroke=\"#8a6d00\" rx=\"4\"") +
            centred(left_, y_ - 21, "norm");
    y_ -= 50;
  }

 private:
  static constexpr double kHeight = 94;

  void stream(double top) {
    svg_ += arrow(fmt::format("{0},{1} {0},{2}", left_, y_, top + 1), svg_colour(0), 3);
  }

  double left_, y_;
  std::string svg_;
};

}  // namespace

std::array<int64_t, kParts.size()> parameters_by_part(const Config& c) {
  int64_t attention = 4 * c.d_model * c.num_heads * c.d_kv;
  int64_t feed_forward = (c.gated ? 3 : 2) * c.d_model * c.d_ff;
  std::array<int64_t, kParts.size()> parts = {
      (c.tie_word_embeddings ? 1 : 2) * c.vocab_size * c.d_model,
      c.num_layers * attention,
      c.num_layers * feed_forward,
      c.num_decoder_layers * attention,
      c.num_decoder_layers * attention,
      c.num_decoder_layers * feed_forward,
      0};
  parts.back() = parameter_count(c) - std::accumulate(parts.begin(), parts.end(), int64_t{0});
  return parts;
}

std::string parameters_svg(const std::vector<std::string>& presets) {
  constexpr double kLeft = 128, kWidth = 376, kRow = 36;
  std::string out = svg_heading(14, 27, "Where the parameters of a T5 lie");
  for (size_t k = 0; k < kParts.size(); ++k) {
    double x = 14 + 290.0 * static_cast<double>(k % 2), y = 56 + 24.0 * static_cast<double>(k / 2);
    out += box(x, y - 13, 15, 15, kColours[k]) + text(x + 23, y, kParts[k]);
  }
  double y = 150;
  for (const std::string& preset : presets) {
    Config config = preset_config(preset);
    auto total = static_cast<double>(parameter_count(config));
    out += text(kLeft - 10, y + 18, preset, "text-anchor=\"end\"");
    double x = kLeft;
    for (size_t k = 0; k < kParts.size(); ++k) {
      double width = kWidth * static_cast<double>(parameters_by_part(config)[k]) / total;
      out += box(x, y, width, kRow - 10, kColours[k]);
      x += width;
    }
    out += text(586, y + 18, in_millions(parameter_count(config)), "text-anchor=\"end\"");
    y += kRow;
  }
  return svg_picture(600, y + 6, "Where the parameters of a T5 lie", out);
}

std::string views_svg(const Tensor& source, const Tensor& target) {
  const char* title = "Which tokens a row of the decoder sees";
  return svg_picture(
      600, 322, title,
      svg_heading(14, 27, title) + squares(target, 66, 98, "decoder inputs") +
          squares(source, 320, 98, "source tokens") +
          text(0, 0, "row of the decoder",
               "text-anchor=\"middle\" transform=\"translate(28 199) rotate(-90)\""));
}

std::string architecture_svg(const Config& c) {
  constexpr const char *kAttention = "#d6e6f5", *kCross = "#f3d9e9", *kFeedForward = "#fde3cc";
  constexpr double kFloor = 462, kEncoder = 40, kDecoder = 346, kFrame = 262;
  std::string feed = c.gated ? "(gelu(x W0') ⊙ (x W1')) Wo'" : "relu(x Wi') Wo'";
  Stack encoder(kEncoder, kFloor), decoder(kDecoder, kFloor);
  encoder.label("source tokens, embedded");
  decoder.label("target shifted right, embedded");
  double encoder_base = encoder.y() - 2, decoder_base = decoder.y() - 2;
  encoder.sublayer("self-attention", "softmax(Q K' + bias) V", kAttention);
  encoder.sublayer("feed-forward", feed, kFeedForward);
  double encoder_top = encoder.y() + 6;
  encoder.norm();
  decoder.sublayer("causal self-attention", "softmax(Q K' + bias) V", kAttention);
  double cross = decoder.sublayer("cross-attention", "softmax(Q K') V", kCross);
  decoder.sublayer("feed-forward", feed, kFeedForward);
  double decoder_top = decoder.y() + 6;
  decoder.norm();
  std::string out;
  auto frame = [&](double left, double top, double base, int64_t times) {
    out += box(left, top, kFrame, base - top, "#f9fafb", "stroke=\"#d1d5db\" rx=\"8\"") +
           text(left + kFrame - 8, top + 18, fmt::format("{} ×", times), "text-anchor=\"end\"");
  };
  frame(kEncoder - 26, encoder_top - 20, encoder_base + 6, c.num_layers);
  frame(kDecoder - 26, decoder_top - 20, decoder_base + 6, c.num_decoder_layers);
  out += svg_heading(14, 27, "T5, from tokens to logits");
  out += encoder.svg() + decoder.svg();
  // The encoder's states, read by the cross-attention of every decoder block.
  double over = encoder.y() - 14, between = kDecoder - 50, into = cross + 14;
  out += arrow(fmt::format("{0},{1} {0},{2} {3},{2} {3},{4} {5},{4}", kEncoder, encoder.y(), over,
                           between, into, kDecoder + Stack::kIn),
               svg_colour(3), 3) +
         text(kEncoder - 26, over - 12, fmt::format("memory (N, {})", c.d_model));
  std::string head = c.tie_word_embeddings ? "tied head: states / √M" : "head: a matrix of its own";
  double top = decoder.y();
  out += box(kDecoder - 26, top - 30, kFrame, 30, "#e5e7eb", "stroke=\"#374151\" rx=\"4\"") +
         centred(kDecoder - 26 + kFrame / 2, top - 10, head) +
         arrow(fmt::format("{0},{1} {0},{2}", kDecoder, top - 30, top - 62)) +
         text(kDecoder + 14, top - 44, fmt::format("logits (N′, {})", c.vocab_size));
  return svg_picture(600, kFloor + 36, "T5, from tokens to logits", kArrowTip + out);
}

}  // namespace t5
