// A backward walk small enough for a napkin, watched turn by turn and drawn:
// u = 2w and L = sum(u x) + u, with a parameter w = 3 and data x = (1, 2).
#pragma once

#include <string>
#include <vector>

namespace t5 {

// A node of the tape: w, u = 2w, p = u x, s = sum(p), L = s + u, numbered 1 to 5 by age.
struct WalkNode {
  std::string formula, value;
};

// The moment in which it is a node's turn: those with higher numbers have run.
struct WalkTurn {
  size_t node;                         // above all numbers: before the walk
  std::vector<std::string> gradients;  // what each node has received; "" where nothing has come
  std::string words;                   // what led to it
};

// What one node hands to another.
struct WalkShare {
  size_t from, to;
  std::string what;
};

struct Walk {
  std::vector<WalkNode> nodes;
  std::vector<WalkTurn> turns;
  std::vector<WalkShare> shares;
};

// Computed on the library's tape.
Walk napkin_walk();

// The oldest node at the top, the newest at the foot, and what flows back.
std::string walk_svg(const Walk& walk, const WalkTurn& turn);

}  // namespace t5
