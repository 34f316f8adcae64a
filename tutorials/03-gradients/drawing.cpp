#include "tutorials/03-gradients/drawing.h"

#include <fmt/format.h>

#include "t5/report/svg.h"
#include "tutorials/03-gradients/scalar.h"

namespace t5 {
namespace {

constexpr double kWide = 130, kTall = 78;
constexpr const char *kBlue = "#0058a8", *kOrange = "#bf4a00";

// A node: what it is, its value, and dy/d(node).
std::string box(double x, double y, const char* name, const Scalar& node) {
  std::string centred = "text-anchor=\"middle\"";
  return fmt::format(
             "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"5\" fill=\"#eff6ff\" "
             "stroke=\"{}\"/>\n",
             x, y, kWide, kTall, kBlue) +
         svg_text(x + kWide / 2, y + 22, centred + " font-weight=\"600\" fill=\"#111827\"", name) +
         svg_text(x + kWide / 2, y + 45, centred + " fill=\"#111827\"",
                  fmt::format("{:.5f}", node.value())) +
         svg_text(x + kWide / 2, y + 68, fmt::format("{} fill=\"{}\"", centred, kOrange),
                  fmt::format("gradient {:.4g}", node.grad()));
}

std::string arrow(double x1, double y1, double x2, double y2, double slope, double label_x,
                  double label_y) {
  return fmt::format(
             "<path d=\"M{},{}L{},{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\" "
             "marker-end=\"url(#tip)\"/>\n",
             x1, y1, x2, y2, kBlue) +
         svg_text(label_x, label_y, fmt::format("text-anchor=\"middle\" fill=\"{}\"", kBlue),
                  fmt::format("slope {:.4g}", slope));
}

}  // namespace

std::string slopes_svg() {
  Scalar x = 3, t = tanh(x), y = x * t;
  y.backward();
  double x_to_t = slopes(*t.node())[0], x_to_y = slopes(*y.node())[0],
         t_to_y = slopes(*y.node())[1];
  std::string out = svg_heading(16, 28, "Two paths from x to y, and their sum");
  out += svg_tip("tip", kBlue);
  out += box(16, 190, "x", x) + box(235, 60, "t = tanh x", t) + box(454, 190, "y = x t", y);
  out += arrow(100, 188, 231, 112, x_to_t, 92, 140) + arrow(365, 112, 500, 186, t_to_y, 490, 140);
  out += arrow(148, 240, 450, 240, x_to_y, 299, 230);
  out += svg_text(16, 312, "fill=\"#111827\"",
                  fmt::format("along the arrow from x to y: {:.5f}", x_to_y));
  out += svg_text(16, 338, "fill=\"#111827\"",
                  fmt::format("over t: {:.5f} · {} = {:.5f}", x_to_t, t_to_y, x_to_t * t_to_y));
  out += svg_text(16, 364, fmt::format("fill=\"{}\" font-weight=\"600\"", kOrange),
                  fmt::format("together: {:.5f}, the gradient of x", x.grad()));
  return svg_picture(600, 384, "The chain rule on a graph", out);
}

}  // namespace t5
