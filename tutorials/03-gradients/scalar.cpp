#include "tutorials/03-gradients/scalar.h"

#include <cmath>
#include <functional>
#include <unordered_map>
#include <unordered_set>

#include "tensor/error.h"

namespace t5 {

Scalar::Scalar(double value) : node_(std::make_shared<ScalarNode>()) { node_->value = value; }

// The result of an operation: a node that remembers where it came from.
Scalar record(ScalarOp op, double value, std::initializer_list<Scalar> inputs) {
  Scalar result(value);
  result.node_->op = op;
  for (const Scalar& input : inputs) result.node_->inputs.push_back(input.node_);
  return result;
}

Scalar operator+(const Scalar& a, const Scalar& b) {
  return record(ScalarOp::kAdd, a.value() + b.value(), {a, b});
}
Scalar operator-(const Scalar& a, const Scalar& b) {
  return record(ScalarOp::kSubtract, a.value() - b.value(), {a, b});
}
Scalar operator*(const Scalar& a, const Scalar& b) {
  return record(ScalarOp::kMultiply, a.value() * b.value(), {a, b});
}
Scalar operator/(const Scalar& a, const Scalar& b) {
  return record(ScalarOp::kDivide, a.value() / b.value(), {a, b});
}
Scalar exp(const Scalar& x) { return record(ScalarOp::kExp, std::exp(x.value()), {x}); }
Scalar log(const Scalar& x) { return record(ScalarOp::kLog, std::log(x.value()), {x}); }
Scalar tanh(const Scalar& x) { return record(ScalarOp::kTanh, std::tanh(x.value()), {x}); }

std::array<double, 2> slopes(const ScalarNode& node) {
  auto input = [&](size_t k) { return node.inputs[k]->value; };
  const double y = node.value;
  // exercise 03-gradients/slopes — the partial derivatives of each operation
  switch (node.op) {
    case ScalarOp::kAdd:
      return {1, 1};
    case ScalarOp::kSubtract:
      return {1, -1};
    case ScalarOp::kMultiply:
      return {input(1), input(0)};
    case ScalarOp::kDivide:
      return {1 / input(1), -y / input(1)};
    case ScalarOp::kExp:
      return {y, 0};
    case ScalarOp::kLog:
      return {1 / input(0), 0};
    case ScalarOp::kTanh:
      return {1 - y * y, 0};
    case ScalarOp::kLeaf:
      break;
  }
  return {0, 0};
  // end exercise
}

std::vector<ScalarNode*> inputs_first(ScalarNode* root) {
  // exercise 03-gradients/order — each node once, after everything that it was made from
  std::vector<ScalarNode*> order;
  std::unordered_set<ScalarNode*> seen;
  std::function<void(ScalarNode*)> visit = [&](ScalarNode* node) {
    if (!seen.insert(node).second) return;
    for (const auto& input : node->inputs) visit(input.get());
    order.push_back(node);
  };
  visit(root);
  return order;
  // end exercise
}

void Scalar::backward() const {
  std::vector<ScalarNode*> order = inputs_first(node_.get());
  // exercise 03-gradients/reverse-sweep — the chain rule, from the result to the inputs
  for (ScalarNode* node : order) node->grad = 0;
  node_->grad = 1;
  for (size_t i = order.size(); i-- > 0;) {
    const ScalarNode& node = *order[i];
    std::array<double, 2> slope = slopes(node);
    for (size_t k = 0; k < node.inputs.size(); ++k) node.inputs[k]->grad += node.grad * slope[k];
  }
  // end exercise
}

double tangent(const Scalar& y, const Scalar& x) {
  std::unordered_map<const ScalarNode*, double> speed;  // d(node)/dx
  for (ScalarNode* node : inputs_first(y.node())) {
    double total = node == x.node() ? 1 : 0;
    std::array<double, 2> slope = slopes(*node);
    for (size_t k = 0; k < node->inputs.size(); ++k)
      total += slope[k] * speed[node->inputs[k].get()];
    speed[node] = total;
  }
  return speed[y.node()];
}

}  // namespace t5
