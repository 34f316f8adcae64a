#include "tutorials/04-autograd/walk.h"

#include <fmt/format.h>

#include <compare>
#include <functional>
#include <utility>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/shaping.h"
#include "t5/report/svg.h"

namespace t5 {
namespace {

std::string numbers(const Tensor& x) {
  if (!x.defined()) return "";
  std::string text;
  for (real v : x.to_vector()) text += fmt::format("{}{:g}", text.empty() ? "" : ", ", v);
  return x.rank() == 0 ? text : "(" + text + ")";
}

// An op that changes nothing and, in its turn, shows the gradient that has arrived.
Var watched(const Var& x, const std::function<void(const Tensor&)>& look) {
  return make_op("watched", x.value(), {x}, [x, look](const Tensor& dy) {
    look(dy);
    x.add_grad(dy);
  });
}

// The gradients of all nodes in the turn of each, from the newest to the oldest.
using Seen = std::vector<std::vector<Tensor>>;

// What was handed on, and each turn in words. Nodes are numbered as in the picture, from 1.
void tell(Walk& walk, const Seen& seen, const Tensor& x) {
  std::vector<std::string> d{""};  // of node 1, of node 2 …
  for (const Tensor& gradient : seen.back()) d.push_back(numbers(gradient));
  std::string waited = numbers(seen[1][1]);
  std::string by_place = numbers(map([](real g, real v) { return g * v; }, seen[2][2], x));
  std::string summed =
      numbers(map([](real all, real before) { return all - before; }, seen[3][1], seen[1][1]));
  walk.shares = {{5, 4, d[4]},
                 {5, 2, waited},
                 {4, 3, d[3]},
                 {3, 2, fmt::format("{}, summed {}", by_place, summed)},
                 {2, 1, d[1]}};
  const std::vector<std::string> words{
      fmt::format("The walk begins at the newest node. dL is {}.", d[5]),
      fmt::format("L = s + u has run: {} to s; {} to u, which waits for its other user.", d[4],
                  waited),
      fmt::format("s = sum(p) has run: {}, stretched to the shape of p: {}.", d[4], d[3]),
      fmt::format("p = u x has run: dp ⊙ x = {}, summed to {} for the one place of u. With the {} "
                  "that waited, u has {}.",
                  by_place, summed, waited, d[2]),
      fmt::format("u = 2w has run: 2 · {} = {} to w. A leaf keeps its gradient: the end.", d[2],
                  d[1])};
  walk.turns.push_back(
      {6, std::vector<std::string>(5), "Forward. x is data: the tape has no node for it."});
  for (size_t turn = 0; turn < seen.size(); ++turn) {
    walk.turns.push_back({5 - turn, {}, words[turn]});
    for (const Tensor& gradient : seen[turn])
      walk.turns.back().gradients.push_back(numbers(gradient));
  }
}

// The picture, in pixels: a row for each node.
constexpr double kLeft = 20, kWidth = 600, kBox = 380, kTall = 46, kRow = 78, kTop = 74;
constexpr double kValue = kLeft + 210, kGradient = kLeft + 310;
constexpr const char *kOrange = "#bf4a00", *kBlue = "#0058a8", *kGrey = "#6b7280";

double top_of(size_t node) { return kTop + kRow * static_cast<double>(node - 1); }

// `when`: whether the node's turn is still to come (less), now, or over (greater).
std::string box(size_t number, const WalkNode& node, const std::string& gradient,
                std::strong_ordering when) {
  double y = top_of(number), line = y + 29;
  const char* edge = when == 0 ? kOrange : when > 0 ? "#9ca3af" : kBlue;
  const char* paper = when > 0 ? "#f3f4f6" : number == 1 ? "#fff7ed" : "#eff6ff";
  std::string out = fmt::format(
      "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\" fill=\"{}\" stroke=\"{}\" "
      "stroke-width=\"{}\"/>\n",
      kLeft, y, kBox, kTall, number == 1 ? kTall / 2 : 5, paper, edge, when == 0 ? 3 : 1);
  std::string ink = fmt::format("fill=\"{}\"", when > 0 ? kGrey : "#111827");
  std::string received = fmt::format("fill=\"{}\"", when > 0 ? kGrey : kOrange);
  std::string strong = " font-weight=\"600\"", centred = " text-anchor=\"middle\"";
  return out + svg_text(kLeft + 16, line, ink, fmt::format("{}", number)) +
         svg_text(kLeft + 44, line, ink + strong, node.formula) +
         svg_text(kValue, line, ink + centred, node.value) +
         svg_text(kGradient, line, received + strong + centred, gradient);
}

// A share goes up to the row above, or round the rows between.
std::string arrow(const WalkShare& share, bool is_used) {
  double x = kLeft + 70, y1 = top_of(share.from), y2 = top_of(share.to) + kTall;
  std::string path = fmt::format("M{0:.0f},{1:.0f}V{2:.0f}", x, y1, y2 + 3);
  if (share.from > share.to + 1) {
    x = kLeft + kBox + 60, y1 += kTall / 2, y2 -= kTall / 2;
    path = fmt::format("M{0:.0f},{1:.0f}H{2:.0f}V{3:.0f}h-57", kLeft + kBox, y1, x, y2);
  }
  std::string out = fmt::format(
      "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" "
      "marker-end=\"url(#{})\"/>\n",
      path, is_used ? kOrange : "#9ca3af", is_used ? 2.5 : 1, is_used ? "used" : "unused");
  if (is_used) out += svg_text(x + 10, (y1 + y2) / 2 + 6, "fill=\"#bf4a00\"", share.what);
  return out;
}

}  // namespace

Walk napkin_walk() {
  Tensor x = Tensor::from({2}, {1, 2});
  Var w(Tensor::scalar(3), true);
  std::vector<Var> tape{w};
  Walk walk{{{"w, a leaf", numbers(w.value())}}, {}, {}};
  Seen seen;
  auto look = [&](size_t at, const Tensor& dy) {
    seen.push_back(seen.empty() ? std::vector<Tensor>(tape.size()) : seen.back());
    for (size_t older = 0; older < at; ++older) seen.back()[older] = tape[older].grad();
    seen.back()[at] = dy;
  };
  auto add = [&](const char* formula, const Var& result) {
    walk.nodes.push_back({formula, numbers(result.value())});
    tape.push_back(watched(result, [&look, at = tape.size()](const Tensor& dy) { look(at, dy); }));
    return tape.back();
  };
  Var u = add("u = 2w", w * real(2)), p = add("p = u x", u * Var(x)), s = add("s = sum(p)", sum(p));
  add("L = s + u", s + u).backward();
  look(0, w.grad());
  tell(walk, seen, x);
  return walk;
}

std::string walk_svg(const Walk& walk, const WalkTurn& turn) {
  std::string out = svg_heading(kLeft, 28, "Backwards through u = 2w, L = sum(u x) + u") +
                    svg_tip("used", kOrange) + svg_tip("unused", "#9ca3af");
  std::string label = fmt::format("text-anchor=\"middle\" fill=\"{}\"", kGrey);
  out += svg_text(kValue, kTop - 12, label, "value");
  out += svg_text(kGradient, kTop - 12, label, "gradient");
  for (const WalkShare& share : walk.shares) out += arrow(share, share.from > turn.node);
  for (size_t i = 0; i < walk.nodes.size(); ++i)
    out += box(i + 1, walk.nodes[i], turn.gradients[i], i + 1 <=> turn.node);
  double foot = top_of(walk.nodes.size()) + kTall + 34;
  return svg_picture(kWidth, foot + 36, "A backward walk",
                     out + svg_paragraph(kLeft, foot, 70, turn.words));
}

}  // namespace t5
