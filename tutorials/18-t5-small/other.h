// "Other implementations" of a model, each with one thing done differently, and the files that they
// would dump their states to.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "t5/compare/divergence.h"

namespace t5::lesson {

struct Other {
  Mistake mistake;               // what it does differently; its description is a name
  std::unique_ptr<Model> model;  // with the mistake, and with sums added in another order
  bool reads_padding = false;    // its batches are padded, and it forgets the mask
};

// Of a model with a tied head, a plain feed-forward and two blocks or more in each stack. The first
// of them makes no mistake.
std::vector<Other> others(const Model& model);

// Writes its states on a padded batch of the pairs, as the script of `t5 diff --script` does.
void write_dump(const std::string& path, const Other& other, std::vector<TokenPair> pairs);

}  // namespace t5::lesson
