#include "tutorials/06-optimisers/valley.h"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <vector>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/shaping.h"
#include "nn/optimizers/optimizer.h"
#include "t5/report/svg.h"

namespace t5::tutorial {
namespace {

constexpr double kCurvature = 50, kStartP = 0.8, kStartQ = -2;
constexpr int kSteps = 40;

struct Walker {
  const char* name;
  std::unique_ptr<Optimizer> (*make)(Parameters&);
  double rate;
};
const Walker kWalkers[] = {
    {"SGD, rate 0.036", [](Parameters& p) { return make_sgd(p); }, 0.036},
    {"momentum 0.9, rate 0.01", [](Parameters& p) { return make_sgd(p, {.momentum = 0.9}); }, 0.01},
    {"AdamW, rate 0.1", [](Parameters& p) { return make_adamw(p, {.weight_decay = 0}); }, 0.1}};

struct Place {
  double p, q;
};

std::vector<Place> walk(const Walker& walker) {
  Parameters parameters([](const std::string&, const Shape&, const Init&) {
    return Var(Tensor::from({2}, {real(kStartP), real(kStartQ)}), true);
  });
  Var w = parameters.get("w", {2}, Init::constant(0));
  Var halves(Tensor::from({2}, {real(kCurvature / 2), real(0.5)}));
  auto optimizer = walker.make(parameters);
  std::vector<Place> places{{kStartP, kStartQ}};
  for (int step = 0; step < kSteps; ++step) {
    parameters.zero_grad();
    sum(square(w) * halves).backward();
    optimizer->step(walker.rate);
    places.push_back({w.value().at({0}), w.value().at({1})});
  }
  return places;
}

// Pixels: q to the right, p upwards, at one scale.
constexpr double kScale = 205, kTop = 92, kHeight = 360;
double x_of(double q) { return 20 + kScale * (q + 2.1); }
double y_of(double p) { return kTop + kHeight / 2 - kScale * p; }

std::string contours() {
  std::string out = fmt::format(
      "<clipPath id=\"frame\"><rect x=\"8\" y=\"{0}\" width=\"584\" height=\"{1}\"/></clipPath>\n"
      "<g clip-path=\"url(#frame)\" fill=\"none\" stroke=\"#c3c8d0\">\n",
      kTop, kHeight);
  for (double loss : {0.02, 0.2, 1.0, 3.0, 8.0, 18.0})
    out += fmt::format("<ellipse cx=\"{:.1f}\" cy=\"{:.1f}\" rx=\"{:.1f}\" ry=\"{:.1f}\"/>\n",
                       x_of(0), y_of(0), kScale * std::sqrt(2 * loss),
                       kScale * std::sqrt(2 * loss / kCurvature));
  out += fmt::format("<path d=\"M{:.1f},{:.1f}h14m-7,-7v14\" stroke=\"#374151\"/>\n", x_of(0) - 7,
                     y_of(0));  // the lowest point
  return out + "</g>\n";
}

}  // namespace

std::string valley_svg() {
  std::string out =
      svg_heading(16, 28, "Steep across, flat along: 40 steps in a valley") + contours();
  double legend = 16;
  for (size_t i = 0; i < std::size(kWalkers); ++i) {
    std::string line, marks;
    for (const Place& place : walk(kWalkers[i])) {
      line +=
          fmt::format("{}{:.1f},{:.1f}", line.empty() ? "M" : "L", x_of(place.q), y_of(place.p));
      marks += svg_mark(i, x_of(place.q), y_of(place.p), 3.5);
    }
    out += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.3\"/>\n", line,
                       svg_colour(i)) +
           marks;
    out += svg_mark(i, legend + 8, 58) + svg_text(legend + 20, 64, "", kWalkers[i].name);
    legend += 30 + 8.9 * static_cast<double>(std::string(kWalkers[i].name).size());
  }
  return svg_picture(600, kTop + kHeight + 12, "Three optimisers in a valley", out);
}

}  // namespace t5::tutorial
