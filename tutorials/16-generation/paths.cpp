#include "tutorials/16-generation/paths.h"

#include <fmt/format.h>

#include "t5/report/svg.h"

namespace t5::tutorial {
namespace {

constexpr double kColumn = 160, kLeft = 60, kTop = 48, kHeight = 250, kGap = 16;
constexpr const char* kOthers = "#dde1e7";

// A branch of the stream: where its upper edge lies in a column, and its probability.
struct Branch {
  int column;
  double top, probability;
  const char* colour;
};

double x_of(int column) { return kLeft + kColumn * column; }

// The stream from `from`, beginning `above` below its upper edge, to `to`.
std::string stream(const Branch& from, double above, const Branch& to) {
  double x1 = x_of(from.column), x2 = x_of(to.column), middle = (x1 + x2) / 2;
  double y1 = from.top + above * kHeight, y2 = to.top, h = to.probability * kHeight;
  return fmt::format(
      "<path d=\"M{0:.1f},{3:.1f}C{1:.1f},{3:.1f} {1:.1f},{4:.1f} {2:.1f},{4:.1f}v{5:.1f}"
      "C{1:.1f},{6:.1f} {1:.1f},{7:.1f} {0:.1f},{7:.1f}z\" fill=\"{8}\"/>\n",
      x1, middle, x2, y1, y2, h, y2 + h, y1 + h, to.colour);
}

// Inside of a branch, where it ends.
std::string label(const Branch& at, const std::string& text, const char* ink) {
  return svg_text(x_of(at.column) - 8, at.top + at.probability * kHeight / 2 + 5.5,
                  fmt::format("text-anchor=\"end\" fill=\"{}\"", ink), text);
}

}  // namespace

std::string paths_svg() {
  const char *greedy = svg_colour(1), *best = svg_colour(0);
  auto below = [](const Branch& b) { return b.top + b.probability * kHeight + kGap; };
  Branch start{0, kTop, 1, ""};
  Branch two{1, kTop, 0.55, greedy}, three{1, below(two), 0.43, best};
  Branch rare{1, below(three), 0.02, kOthers};
  Branch after_two{2, kTop, 0.55 * 0.35, greedy},
      else_two{2, below(after_two), 0.55 * 0.65, kOthers};
  Branch after_three{2, below(else_two), 0.43 * 0.9, best};
  Branch else_three{2, below(after_three), 0.43 * 0.1, kOthers};
  Branch end_two{3, kTop, after_two.probability * 0.97, greedy};
  Branch end_three{3, after_three.top, after_three.probability * 0.97, best};
  std::string out = svg_heading(14, 27, "Where the probability flows");
  out += "<g opacity=\"0.75\">\n";
  out += stream(start, 0, two) + stream(start, 0.55, three) + stream(start, 0.98, rare);
  out += stream(two, 0, after_two) + stream(two, after_two.probability, else_two);
  out += stream(three, 0, after_three) + stream(three, after_three.probability, else_three);
  out += stream(after_two, 0, end_two) + stream(after_three, 0, end_three) + "</g>\n";
  out += svg_text(kLeft - 8, kTop + kHeight / 2, "text-anchor=\"end\"", "start");
  out += label(two, "2: 0.55", "#000000") + label(three, "3: 0.43", "#ffffff");
  out += label(after_two, "0.35", "#000000") + label(after_three, "0.9", "#ffffff");
  out += label(else_two, "all others", "#374151");
  out += label(end_two, "</s>: 0.97", "#000000") + label(end_three, "</s>: 0.97", "#ffffff");
  for (const Branch& end : {end_two, end_three})
    out += svg_text(x_of(3) + 8, end.top + end.probability * kHeight / 2 + 5.5,
                    "font-weight=\"600\"", fmt::format("{:.2f}", end.probability));
  return svg_picture(600, below(else_three) + 6, "Greedy search and the likeliest output", out);
}

}  // namespace t5::tutorial
