#include "autograd/tools/graph.h"

#include <unordered_set>

namespace t5 {

std::string graphviz(const Var& root) {
  std::string text = "digraph tape {\n  rankdir=BT;\n";
  std::unordered_set<const Node*> seen{root.node()};
  std::vector<const Node*> pending{root.node()};
  while (!pending.empty()) {
    const Node* node = pending.back();
    pending.pop_back();
    text += fmt::format("  n{} [label=\"{}\\n{}\", shape={}];\n", node->id, node->op,
                        node->value.shape(), node->backward ? "box" : "ellipse");
    for (const auto& input : node->inputs) {
      text += fmt::format("  n{} -> n{};\n", input->id, node->id);
      if (seen.insert(input.get()).second) pending.push_back(input.get());
    }
  }
  return text + "}\n";
}

}  // namespace t5
