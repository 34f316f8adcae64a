// A function of many parameters, a sum of shifted curves, written with single numbers:
//   y(x) = sum over k of out[k] * tanh(in[k] * x + offset[k])
// Chapter 05 calls it a network with one hidden layer.
#pragma once

#include <vector>

#include "tensor/random.h"
#include "tutorials/03-gradients/scalar.h"

namespace t5 {

struct Network {
  std::vector<Scalar> in, offset, out;

  explicit Network(int width) {
    Random random(3);
    for (int k = 0; k < width; ++k) {
      in.emplace_back(2 * random.normal());
      offset.emplace_back(2 * random.normal());
      out.emplace_back(random.normal() / width);
    }
  }
  Scalar operator()(const Scalar& x) const {
    Scalar y = 0;
    for (size_t k = 0; k < in.size(); ++k) y = y + out[k] * tanh(in[k] * x + offset[k]);
    return y;
  }
  std::vector<Scalar> parameters() const {
    std::vector<Scalar> all = in;
    all.insert(all.end(), offset.begin(), offset.end());
    all.insert(all.end(), out.begin(), out.end());
    return all;
  }
};

}  // namespace t5
