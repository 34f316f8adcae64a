#include "autograd/recompute.h"

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
  // The generator as it is before the first run; that run moves the caller's on.
  const Random before = dropout.active() ? *dropout.random : Random(0);
  Tensor y;
  {
    NoGrad no_grad;
    y = part(inputs, dropout).value();
  }
  return make_op(
      {"recompute", Traffic{0, 0}}, y, inputs, [part, inputs, dropout, before](const Tensor& dy) {
        Random random = before;
        std::vector<Var> leaves = cut_off(inputs);
        {
          Recording recording;  // backward() runs under NoGrad
          part(leaves, {dropout.rate, dropout.active() ? &random : nullptr}).backward(dy);
        }
        for (size_t i = 0; i < inputs.size(); ++i)
          if (leaves[i].requires_grad() && leaves[i].grad().defined())
            inputs[i].add_grad(leaves[i].grad());
      });
}

}  // namespace t5
