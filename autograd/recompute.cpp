#include "autograd/recompute.h"

#include <algorithm>

namespace t5 {
namespace {

// Leaves with the values of `inputs`: where the graph of a part ends.
std::vector<Var> cut_off(const std::vector<Var>& inputs) {
  std::vector<Var> leaves;
  for (const Var& input : inputs)
    leaves.push_back(input.defined() ? Var(input.value(), input.requires_grad()) : Var());
  return leaves;
}

}  // namespace

Var recompute(const GraphPart& part, const std::vector<Var>& inputs, const Dropout& dropout) {
  bool wanted = std::any_of(inputs.begin(), inputs.end(),
                            [](const Var& x) { return x.defined() && x.requires_grad(); });
  // The generator as it is before the first run; that run moves the caller's on.
  const Random before = dropout.random != nullptr ? *dropout.random : Random(0);
  Tensor y;
  std::vector<Var> sources = inputs;
  {
    // Where no input wants a gradient, the first run is recorded, and its graph dropped: it shows
    // whether a leaf that the part captured does. Then a leaf of our own stands for that one.
    GradMode mode(grad_enabled() && !wanted);
    Var first = part(inputs, dropout);
    y = first.value();
    if (first.requires_grad()) sources.push_back(Var(Tensor::scalar(0), true));
  }
  return make_op(
      {"recompute", Traffic{0, 0}}, y, sources, [part, inputs, dropout, before](const Tensor& dy) {
        Random random = before;
        std::vector<Var> leaves = cut_off(inputs);
        {
          Recording recording;  // backward() runs under NoGrad
          part(leaves, {dropout.rate, dropout.random != nullptr ? &random : nullptr}).backward(dy);
        }
        for (size_t i = 0; i < inputs.size(); ++i)
          if (leaves[i].requires_grad() && leaves[i].grad().defined())
            inputs[i].add_grad(leaves[i].grad());
      });
}

}  // namespace t5
