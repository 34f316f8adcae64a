#include "tutorials/12-decoder/drawing.h"

#include <fmt/format.h>

#include <cmath>
#include <numeric>

namespace t5 {
namespace {

constexpr const char* kColours[] = {"#94a3b8", "#93c5fd", "#2563eb", "#fdba74",
                                    "#fb7185", "#e8590c", "#111827"};
constexpr const char* kInk = "#374151";

std::string text(double x, double y, const std::string& what, const char* attributes = "") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>\n", x, y, attributes, what);
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

std::string picture(int width, int height, const std::string& title, const std::string& content) {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
      "{1}\" font-family=\"system-ui, Helvetica, Arial, sans-serif\" font-size=\"12\" "
      "fill=\"{2}\" role=\"img\">\n<title>{3}</title>\n<defs><marker id=\"tip\" markerWidth=\"8\" "
      "markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" refX=\"6\" refY=\"3\" "
      "orient=\"auto\"><path d=\"M0,0L6,3L0,6z\" "
      "fill=\"{2}\"/></marker></defs>\n<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n{4}"
      "</svg>\n",
      width, height, kInk, title, content);
}

std::string with_commas(int64_t n) {
  std::string digits = std::to_string(n);
  for (int64_t at = std::ssize(digits) - 3; at > 0; at -= 3)
    digits.insert(static_cast<size_t>(at), 1, ',');
  return digits;
}

// One matrix of who_sees_whom: shade by the size of the gradient, zeros left white.
std::string squares(const Tensor& view, double left, double top, const std::string& title,
                    const char* column) {
  constexpr double kSide = 26;
  double largest = 0;
  for (real v : view.to_vector()) largest = std::max<double>(largest, v);
  std::string out = text(left, top - 26, title, "font-weight=\"600\"");
  for (int64_t i = 0; i < view.dim(0); ++i) {
    out += text(left - 10, top + kSide * (i + 0.65), std::to_string(i), "text-anchor=\"end\"");
    for (int64_t j = 0; j < view.dim(1); ++j) {
      double v = view.at({i, j}), shade = std::sqrt(v / largest);
      std::string colour =
          v == 0 ? "#ffffff" : fmt::format("rgba(37,99,235,{:.2f})", 0.15 + 0.85 * shade);
      out += box(left + kSide * j, top + kSide * i, kSide - 2, kSide - 2, colour.c_str(),
                 "stroke=\"#d1d5db\"");
    }
  }
  for (int64_t j = 0; j < view.dim(1); ++j)
    out += centred(left + kSide * (j + 0.45), top - 7, std::to_string(j));
  return out + text(left, top + kSide * view.dim(0) + 20, column);
}

// A stack of sublayers from the bottom up, with the residual stream on its left side.
class Stack {
 public:
  Stack(double left, double bottom) : left_(left), y_(bottom) {}

  double y() const { return y_; }
  double right() const { return left_ + 60 + kWidth; }
  std::string svg() const { return svg_; }

  void label(const std::string& what) { svg_ += text(left_ - 34, y_ + 18, what); }

  // norm → sublayer, then its output is added to the stream.
  double sublayer(const std::string& name, const std::string& formula, const char* colour) {
    double base = y_, middle = base - 34;
    stream(base - 74);
    svg_ += arrow(fmt::format("{0},{1} {2},{1}", left_, base - 8, left_ + 46));
    svg_ += box(left_ + 48, base - 19, 52, 22, "#fef9c3", "stroke=\"#a16207\" rx=\"4\"") +
            centred(left_ + 74, base - 4, "norm");
    svg_ += arrow(
        fmt::format("{0},{1} {2},{1} {2},{3}", left_ + 100, base - 8, left_ + 150, middle + 14));
    svg_ += box(left_ + 60, middle - 26, kWidth, 38, colour, "stroke=\"#374151\" rx=\"4\"") +
            centred(left_ + 60 + kWidth / 2, middle - 11, name) +
            centred(left_ + 60 + kWidth / 2, middle + 5, formula);
    svg_ += arrow(fmt::format("{0},{1} {2},{1}", left_ + 60, middle - 7, left_ + 10));
    svg_ += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"9\" fill=\"#ffffff\" stroke=\"{}\"/>\n",
                        left_, middle - 7, kInk) +
            centred(left_, middle - 3, "+");
    y_ = base - 74;
    return middle - 7;
  }

  void norm(const std::string& what) {
    stream(y_ - 46);
    svg_ += box(left_ - 34, y_ - 34, 68, 22, "#fef9c3", "stroke=\"#a16207\" rx=\"4\"") +
            centred(left_, y_ - 19, "norm") + text(left_ + 42, y_ - 19, what);
    y_ -= 46;
  }

  static constexpr double kWidth = 180;

 private:
  void stream(double top) {
    svg_ += arrow(fmt::format("{0},{1} {0},{2}", left_, y_, top + 1), "#2563eb", 2.5);
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
  constexpr double kLeft = 120, kWidth = 480, kRow = 34, kTop = 96;
  std::string out = text(kLeft, 27, "Where the parameters of a T5 lie",
                         "font-size=\"16\" font-weight=\"600\" fill=\"#111827\"");
  for (size_t k = 0; k < kParts.size(); ++k) {
    double x = kLeft + 205.0 * static_cast<double>(k % 3),
           y = 48 + 18.0 * static_cast<double>(k / 3);
    out += box(x, y - 10, 12, 12, kColours[k]) + text(x + 18, y, kParts[k]);
  }
  double y = kTop + 10;
  for (const std::string& preset : presets) {
    Config config = preset_config(preset);
    auto total = static_cast<double>(parameter_count(config));
    out += text(kLeft - 10, y + 16, preset, "text-anchor=\"end\"");
    double x = kLeft;
    for (size_t k = 0; k < kParts.size(); ++k) {
      double width = kWidth * static_cast<double>(parameters_by_part(config)[k]) / total;
      out += box(x, y, width, kRow - 10, kColours[k]);
      x += width;
    }
    out += text(kLeft + kWidth + 10, y + 16, with_commas(parameter_count(config)));
    y += kRow;
  }
  return picture(740, static_cast<int>(y) + 8, "Where the parameters of a T5 lie", out);
}

std::string views_svg(const Tensor& source, const Tensor& target) {
  return picture(620, 290, "Which target token depends on which token",
                 text(20, 27, "Which rows of the decoder depend on which tokens",
                      "font-size=\"16\" font-weight=\"600\" fill=\"#111827\"") +
                     squares(target, 50, 78, "on the decoder's inputs", "decoder input") +
                     squares(source, 330, 78, "on the encoder's inputs", "source token"));
}

std::string architecture_svg(const Config& c) {
  constexpr const char *kAttention = "#dbeafe", *kCross = "#ffe4e6", *kFeedForward = "#ffedd5";
  constexpr double kFloor = 396;
  std::string feed = c.gated ? "(gelu(x W0') * (x W1')) Wo'" : "relu(x Wi') Wo'";
  Stack encoder(70, kFloor), decoder(440, kFloor);
  encoder.label("source tokens, embedded");
  decoder.label("target tokens shifted right, embedded");
  double encoder_base = encoder.y() - 6, decoder_base = decoder.y() - 6;
  encoder.sublayer("self-attention", "softmax(Q K' + bias) V", kAttention);
  encoder.sublayer("feed-forward", feed, kFeedForward);
  double encoder_top = encoder.y() + 6;
  encoder.norm("");
  decoder.sublayer("causal self-attention", "softmax(Q K' + bias) V", kAttention);
  double cross = decoder.sublayer("cross-attention", "softmax(Q K') V", kCross);
  decoder.sublayer("feed-forward", feed, kFeedForward);
  double decoder_top = decoder.y() + 6;
  decoder.norm("");
  std::string out;
  auto frame = [&](double left, double top, double base, int64_t times) {
    out += box(left, top, 296, base - top, "#f9fafb", "stroke=\"#d1d5db\" rx=\"8\"") +
           text(left + 288, top + 18, fmt::format("{} ×", times), "text-anchor=\"end\"");
  };
  frame(26, encoder_top - 12, encoder_base + 4, c.num_layers);
  frame(396, decoder_top - 12, decoder_base + 4, c.num_decoder_layers);
  out += text(26, 27, "T5, from tokens to logits",
              "font-size=\"16\" font-weight=\"600\" fill=\"#111827\"");
  out += encoder.svg() + decoder.svg();
  // The encoder's states, read by the cross-attention of every decoder block.
  out += arrow(fmt::format("70,{0} 70,{1} 366,{1} 366,{2} 498,{2}", encoder.y(), encoder.y() - 16,
                           cross + 13),
               "#fb7185", 2.5) +
         text(80, encoder.y() - 24, fmt::format("memory (N, {})", c.d_model));
  std::string head = c.tie_word_embeddings ? "head: the embedding, states / sqrt(d_model)"
                                           : "head: a matrix of its own";
  double top = decoder.y();
  out += box(406, top - 26, 276, 26, "#e2e8f0", "stroke=\"#374151\" rx=\"4\"") +
         centred(544, top - 9, head) + arrow(fmt::format("440,{} 440,{}", top - 26, top - 50)) +
         text(452, top - 38, fmt::format("logits (N, {})", c.vocab_size));
  return picture(720, 428, "T5, from tokens to logits", out);
}

}  // namespace t5
