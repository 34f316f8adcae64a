#include "autograd/tools/graph.h"

#include <algorithm>
#include <unordered_map>

namespace t5 {
namespace {

// A node and its place in the picture, or a bend of an arrow that passes other nodes by. Inputs and
// users are positions in the list of all that is drawn.
struct Drawn {
  const Node* node;  // nullptr: a bend
  std::string name;
  std::vector<size_t> inputs, users;
  int layer = 0;          // 0 is the lowest: the root's
  double x = 0, aim = 0;  // pixels; where it would like to stand
};

// The nodes below `root`, newest first: a node stands before all of its inputs.
std::vector<Drawn> collect(const Var& root, const GraphNames& names) {
  std::unordered_map<const Node*, size_t> place{{root.node(), 0}};
  std::vector<const Node*> found{root.node()};
  for (size_t next = 0; next < found.size(); ++next)
    for (const auto& input : found[next]->inputs)
      if (place.emplace(input.get(), 0).second) found.push_back(input.get());
  std::sort(found.begin(), found.end(), [](auto a, auto b) { return a->id > b->id; });
  std::vector<Drawn> drawn;
  for (const Node* node : found) {
    place[node] = drawn.size();
    drawn.push_back({node, node->op, {}, {}});
    for (const auto& [name, leaf] : names)
      if (leaf.node() == node) drawn.back().name = name;
  }
  for (size_t i = 0; i < drawn.size(); ++i)
    for (const auto& input : drawn[i].node->inputs) {
      size_t from = place[input.get()];
      drawn[i].inputs.push_back(from);
      drawn[from].users.push_back(i);
    }
  return drawn;
}

constexpr double kBoxWidth = 96, kBoxHeight = 38, kGap = 20, kLayer = 66, kMargin = 12;

// How far apart two neighbours stand at least: a bend takes no room of its own.
double distance(const Drawn& a, const Drawn& b) {
  return kGap + (a.node ? kBoxWidth / 2 : 0) + (b.node ? kBoxWidth / 2 : 0);
}

// Nodes of one layer side by side, in the order of where they would like to stand.
void place_layer(std::vector<Drawn*> layer) {
  std::stable_sort(layer.begin(), layer.end(), [](auto a, auto b) { return a->aim < b->aim; });
  double shift = 0;
  for (size_t i = 0; i < layer.size(); ++i) {
    layer[i]->x = layer[i]->aim;
    if (i > 0)
      layer[i]->x = std::max(layer[i]->aim, layer[i - 1]->x + distance(*layer[i - 1], *layer[i]));
    shift += layer[i]->x - layer[i]->aim;
  }
  for (Drawn* node : layer) node->x -= shift / static_cast<double>(layer.size());
}

// A node stands one layer above the highest of its users. Returns the number of layers.
int assign_layers(std::vector<Drawn>& nodes) {
  int layers = 1;
  for (Drawn& node : nodes) {  // users come before what they use
    for (size_t user : node.users) node.layer = std::max(node.layer, nodes[user].layer + 1);
    layers = std::max(layers, node.layer + 1);
  }
  return layers;
}

// An arrow over several layers gets a bend in each layer between, so that no node stands in its
// way.
void add_bends(std::vector<Drawn>& nodes) {
  for (size_t i = 0; i < nodes.size(); ++i)
    for (size_t k = 0; k < nodes[i].inputs.size(); ++k) {
      size_t input = nodes[i].inputs[k];
      if (nodes[input].layer <= nodes[i].layer + 1) continue;
      size_t bend = nodes.size();
      nodes.push_back({nullptr, "", {input}, {i}, nodes[i].layer + 1});
      nodes[i].inputs[k] = bend;
      std::replace(nodes[input].users.begin(), nodes[input].users.end(), i, bend);
    }
}

// Sideways, everything is drawn towards the mean of its neighbours, in many sweeps over the layers;
// a bend stays below what its arrow comes from, so that the arrow is straight but for its end.
void lay_out(std::vector<Drawn>& nodes) {
  const int layers = assign_layers(nodes);
  add_bends(nodes);
  for (int sweep = 0; sweep < 100; ++sweep)
    for (int layer = 0; layer < layers; ++layer) {
      std::vector<Drawn*> row;
      for (Drawn& node : nodes) {
        if (node.layer != layer) continue;
        double total = 0, count = 0;
        if (node.node || sweep == 0)
          for (size_t user : node.users) total += nodes[user].x, ++count;
        if (sweep > 0)
          for (size_t input : node.inputs) total += nodes[input].x, ++count;
        node.aim = count > 0 ? total / count : 0;
        row.push_back(&node);
      }
      place_layer(row);
    }
}

std::string arrow(double x1, double y1, double x2, double y2, bool tip) {
  double bend = (y2 - y1) / 2;
  return fmt::format(
      "<path d=\"M{:.1f},{:.1f}C{:.1f},{:.1f} {:.1f},{:.1f} {:.1f},{:.1f}\" fill=\"none\" "
      "stroke=\"#6b7280\"{}/>\n",
      x1, y1, x1, y1 + bend, x2, y2 - bend, x2, y2, tip ? " marker-end=\"url(#tip)\"" : "");
}

// The arrows that end at `node`, side by side on its upper edge. A bend is a vertical stroke.
std::string arrows_into(const Drawn& node, const std::vector<Drawn>& nodes, const auto& x,
                        const auto& y) {
  std::string out;
  std::vector<size_t> inputs = node.inputs;
  std::sort(inputs.begin(), inputs.end(), [&](auto a, auto b) { return nodes[a].x < nodes[b].x; });
  const size_t n = inputs.size();
  for (size_t k = 0; k < n; ++k) {
    const Drawn& input = nodes[inputs[k]];
    double share = (static_cast<double>(k) + 1) / static_cast<double>(n + 1) - 0.5;
    double end = node.node ? y(node) - 4 : y(node);
    out += arrow(x(input), y(input) + kBoxHeight, x(node) + share * kBoxWidth / 2, end, node.node);
  }
  if (!node.node) out += arrow(x(node), y(node), x(node), y(node) + kBoxHeight, false);
  return out;
}

std::string box(const Drawn& drawn, double x, double y) {
  bool is_op = drawn.node->backward != nullptr;
  return fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\" rx=\"{}\" fill=\"{}\" "
      "stroke=\"{}\"/>\n<text x=\"{:.1f}\" y=\"{:.1f}\" font-weight=\"600\">{}</text>\n"
      "<text x=\"{:.1f}\" y=\"{:.1f}\" fill=\"#4b5563\">{}</text>\n",
      x - kBoxWidth / 2, y, kBoxWidth, kBoxHeight, is_op ? 4 : kBoxHeight / 2,
      is_op ? "#eff6ff" : "#fff7ed", is_op ? "#0058a8" : "#bf4a00", x, y + 16, drawn.name, x,
      y + 31, drawn.node->value.shape());
}

}  // namespace

std::string graphviz(const Var& root, const GraphNames& names) {
  std::string text = "digraph tape {\n  rankdir=TB;\n";
  std::vector<Drawn> nodes = collect(root, names);
  for (const Drawn& drawn : nodes)
    text += fmt::format("  n{} [label=\"{}\\n{}\", shape={}];\n", drawn.node->id, drawn.name,
                        drawn.node->value.shape(), drawn.node->backward ? "box" : "ellipse");
  for (const Drawn& drawn : nodes)
    for (size_t input : drawn.inputs)
      text += fmt::format("  n{} -> n{};\n", nodes[input].node->id, drawn.node->id);
  return text + "}\n";
}

std::string graph_svg(const Var& root, const GraphNames& names) {
  std::vector<Drawn> nodes = collect(root, names);
  lay_out(nodes);
  double left = 0, right = 0;
  int top = 0;
  for (const Drawn& node : nodes) {
    left = std::min(left, node.x), right = std::max(right, node.x);
    top = std::max(top, node.layer);
  }
  double width = right - left + kBoxWidth + 2 * kMargin,
         height = top * kLayer + kBoxHeight + 2 * kMargin;
  auto x = [&](const Drawn& node) { return node.x - left + kBoxWidth / 2 + kMargin; };
  auto y = [&](const Drawn& node) { return (top - node.layer) * kLayer + kMargin; };
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "viewBox=\"0 0 {0:.0f} {1:.0f}\" font-family=\"system-ui, Helvetica, Arial, sans-serif\" "
      "font-size=\"12\" fill=\"#111827\" text-anchor=\"middle\" role=\"img\">\n"
      "<title>The graph of {2}</title>\n<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"4\" "
      "refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0,0L8,4L0,8z\" "
      "fill=\"#6b7280\"/></marker></defs>\n<rect width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "fill=\"#ffffff\"/>\n",
      width, height, nodes[0].name);
  for (const Drawn& node : nodes) out += arrows_into(node, nodes, x, y);
  for (const Drawn& node : nodes)
    if (node.node) out += box(node, x(node), y(node));
  return out + "</svg>\n";
}

}  // namespace t5
