// A set of strings, each with a number, that finds all of them a text begins with in one walk.
//
// A trie is a tree with a letter, here a byte, on each edge: a string is the path from the root. A
// walk along the text ends at the first byte that leads nowhere, however many strings there are.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace t5 {

class Trie {
 public:
  Trie() = default;  // holds nothing
  // Of two equal strings the first one counts; numbers are not negative.
  explicit Trie(std::vector<std::pair<std::string, int32_t>> strings);

  // Calls use(length, number) for every string that `text` begins with, the shortest first.
  template <class Use>
  void for_each_prefix(std::string_view text, const Use& use) const {
    const Node* node = &nodes_[0];
    for (size_t length = 1; length <= text.size(); ++length) {
      node = child(*node, static_cast<unsigned char>(text[length - 1]));
      if (node == nullptr) return;
      if (node->number >= 0) use(length, node->number);
    }
  }

 private:
  struct Node {
    int32_t number = -1;                    // of the string that ends here
    int32_t first_child = 0, children = 0;  // by rising byte
    unsigned char byte = 0;                 // on the edge that leads here
  };

  const Node* child(const Node& node, unsigned char byte) const {
    const Node* begin = nodes_.data() + node.first_child;
    const Node* end = begin + node.children;
    const Node* found =
        std::lower_bound(begin, end, byte,
                         [](const Node& candidate, unsigned char b) { return candidate.byte < b; });
    return found != end && found->byte == byte ? found : nullptr;
  }

  // The root, then level by level: the children of a node are neighbours.
  std::vector<Node> nodes_ = std::vector<Node>(1);
};

}  // namespace t5
