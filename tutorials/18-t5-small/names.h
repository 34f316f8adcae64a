// What the parameters of a T5 are called, and which shapes they have, from the config alone: the
// lesson's list, which the library does not need (its layers name their parameters themselves).
#pragma once

#include <string>
#include <vector>

#include "t5/model/config.h"

namespace t5::lesson {

struct NamedShape {
  std::string name;
  std::vector<int64_t> shape;

  bool operator==(const NamedShape&) const = default;
};

// Every parameter of a language model with this config, in the order of computation, as published
// files name them. A tied head is the embedding and has no name of its own.
std::vector<NamedShape> parameters_of(const Config& config);

}  // namespace t5::lesson
