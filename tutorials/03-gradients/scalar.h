// A reverse-mode tape for single numbers, on one page: what autograd/ does for tensors.
//
//   Scalar x = 3, y = x * tanh(x);
//   y.backward();
//   x.grad();  // dy/dx at 3
//
// Each operation makes a node that remembers its inputs. backward() walks the nodes from the result
// to the inputs and multiplies slopes along the way: the chain rule. Recursive, so good for
// thousands of nodes, not for millions; chapter 04 does without recursion.
#pragma once

#include <array>
#include <initializer_list>
#include <memory>
#include <vector>

namespace t5 {

enum class ScalarOp { kLeaf, kAdd, kSubtract, kMultiply, kDivide, kExp, kLog, kTanh };

struct ScalarNode {
  ScalarOp op = ScalarOp::kLeaf;
  double value = 0, grad = 0;
  std::vector<std::shared_ptr<ScalarNode>> inputs;  // of the operation, in its order
};

class Scalar {
 public:
  Scalar(double value);  // a leaf: an input or a constant; implicit, so that 2 * x can be written

  double value() const { return node_->value; }
  // d(result)/d(this), as the last result.backward() left it; 0 before any.
  double grad() const { return node_->grad; }
  void set_value(double value) { node_->value = value; }  // of a leaf, between two graphs

  // Sets grad() of every node that this one depends on, and of this one, to d(this)/d(node).
  void backward() const;

  ScalarNode* node() const { return node_.get(); }

 private:
  friend Scalar record(ScalarOp op, double value, std::initializer_list<Scalar> inputs);
  std::shared_ptr<ScalarNode> node_;
};

Scalar operator+(const Scalar& a, const Scalar& b);
Scalar operator-(const Scalar& a, const Scalar& b);
Scalar operator*(const Scalar& a, const Scalar& b);
Scalar operator/(const Scalar& a, const Scalar& b);
Scalar exp(const Scalar& x);
Scalar log(const Scalar& x);  // natural
Scalar tanh(const Scalar& x);

// How fast a node's value moves with each of its inputs, the other held still: its partial
// derivatives at the values that the inputs have. What an operation has no input for is 0.
std::array<double, 2> slopes(const ScalarNode& node);

// Every node that `root` depends on and `root` itself, each once, each after all of its inputs.
std::vector<ScalarNode*> inputs_first(ScalarNode* root);

// dy/dx by forward mode: one walk from the inputs to y, for this one x.
double tangent(const Scalar& y, const Scalar& x);

}  // namespace t5
