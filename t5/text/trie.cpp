#include "t5/text/trie.h"

namespace t5 {

// Sorted strings that share a beginning stand together: a node is a range of them. Nodes are
// visited in the order in which they were made, and append their children.
Trie::Trie(std::vector<std::pair<std::string, int32_t>> strings) {
  std::stable_sort(strings.begin(), strings.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  struct Range {
    size_t begin, end, depth;
  };
  std::vector<Range> ranges{{0, strings.size(), 0}};  // of each node
  for (size_t node = 0; node < nodes_.size(); ++node) {
    auto [at, end, depth] = ranges[node];
    for (; at < end && strings[at].first.size() == depth; ++at)
      if (nodes_[node].number < 0) nodes_[node].number = strings[at].second;
    nodes_[node].first_child = static_cast<int32_t>(nodes_.size());
    while (at < end) {
      size_t begin = at;
      char byte = strings[at].first[depth];
      while (at < end && strings[at].first[depth] == byte) ++at;
      nodes_.push_back({.byte = static_cast<unsigned char>(byte)});
      ranges.push_back({begin, at, depth + 1});
      ++nodes_[node].children;
    }
  }
}

}  // namespace t5
