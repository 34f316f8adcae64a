// Var: a tensor that remembers how it was computed, and backward().
//
// Every differentiable op builds a node: its value, the inputs it came from, and a closure that,
// given the gradient dy of the loss with respect to the value, adds to the gradients of the inputs.
// The nodes form the tape; backward() runs their closures from the newest to the oldest.
//
// An op is one free function with its backward beside it:
//
//   // y = tanh(x);  dx += dy * (1 - y^2)
//   Var tanh(const Var& x) {
//     Tensor y = map([](real v) { return std::tanh(v); }, x.value());
//     return make_op("tanh", y, {x}, [x, y](const Tensor& dy) {
//       x.add_grad([](real g, real t) { return g * (1 - t * t); }, dy, y);
//     });
//   }
//
// A closure captures inputs and tensors, never its own output Var: that would be a cycle of shared
// pointers, and a leak.
//
// A const Var lends its value for reading; backward() and the closures, which hold their inputs as
// const, write the gradient of what they reach all the same.
//
// Threads: several may build graphs on the same Vars at once, and read their values. backward() and
// whatever writes a value or a gradient wants the Vars it reaches to itself.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <vector>

#include "tensor/ops/elementwise.h"
#include "tensor/ops/reduce.h"
#include "tensor/tensor.h"

namespace t5 {

struct Node;
class QuantizedMatrix;
using Backward = std::function<void(const Tensor& dy)>;

// Where a kernel adds its share of a gradient: grad = share + beta * grad. beta is 0 for the first
// share, when the memory is not yet initialised, and 1 after it.
struct GradTarget {
  Tensor grad;
  real beta;
};

// What an op must move, in multiples of its value, where it gets by with less than every operand
// once: a view moves nothing.
struct Traffic {
  double forward, backward;
};

// An op's name and, for the profile, its traffic.
struct Op {
  const char* name;
  std::optional<Traffic> traffic;  // none: every operand once

  Op(const char* name, std::optional<Traffic> traffic = {}) : name(name), traffic(traffic) {}
};

class Var {
 public:
  Var() = default;  // undefined: "no such input", e.g. attention without a bias
  explicit Var(Tensor value, bool requires_grad = false);
  // A frozen matrix in fewer bits, which linear() and gather_rows() know. It has a shape and no
  // value(): to ask for that throws.
  explicit Var(std::shared_ptr<const QuantizedMatrix> matrix);

  bool defined() const { return node_ != nullptr; }
  const Tensor& value() const;
  const Shape& shape() const;
  int64_t dim(int axis) const { return shape()[axis]; }
  real item() const { return value().item(); }
  bool requires_grad() const;
  const QuantizedMatrix* quantized() const;  // null for most

  // The gradient; undefined until backward() reached this Var. Kept for leaves (Vars no op made).
  const Tensor& grad() const;
  void zero_grad();
  // For optimisers, which change parameters between two graphs.
  Tensor& mutable_value();
  Tensor& mutable_grad();

  // Adds the gradient of this scalar (or of <dy, this>) to every leaf it depends on, and frees the
  // graph as it goes. A second call on the same graph throws: run the forward pass again.
  void backward() const;
  void backward(const Tensor& dy) const;

  // For the closures of ops: add one consumer's share of this Var's gradient. A share of a
  // broadcast shape is summed down first. Nothing happens where no gradient is required.
  void add_grad(Tensor share) const;
  template <class Formula, class... Inputs>
  void add_grad(const Formula& formula, const Tensor& first, const Inputs&... rest) const;
  GradTarget grad_target() const;  // only when requires_grad()

  Var detach() const { return Var(value()); }  // the same value, cut off from the tape
  // No other Var or op refers to this value, and its memory is ours: an op that was given it may
  // overwrite it.
  bool sole_owner() const;
  const Node* node() const { return node_.get(); }

 private:
  friend Var make_op(const Op& op, Tensor value, const std::vector<Var>& inputs, Backward backward);
  explicit Var(std::shared_ptr<Node> node) : node_(std::move(node)) {}
  bool can_accumulate_in_place() const;

  std::shared_ptr<Node> node_;
};

struct Node {
  ~Node();
  const char* op = "leaf";
  Tensor value, grad;
  std::shared_ptr<const QuantizedMatrix> quantized;  // then there is no value
  bool requires_grad = false;
  bool spent = false;                         // backward() has run here; the closure is gone
  uint64_t id = 0;                            // grows with creation: an op is newer than its inputs
  uint64_t visit = 0;                         // the last backward() that saw this node
  std::vector<std::shared_ptr<Node>> inputs;  // those that require a gradient
  Backward backward;
};

// The result of an op. The closure is kept only when some input requires a gradient and no NoGrad
// is in force. Undefined inputs are allowed and ignored.
Var make_op(const Op& op, Tensor value, std::initializer_list<Var> inputs, Backward backward);
Var make_op(const Op& op, Tensor value, const std::vector<Var>& inputs, Backward backward);

// Whether ops on this thread record, for as long as it exists; then what was so before is so again.
// The threads of a parallel loop (tensor/parallel.h) do as the one that runs it.
class GradMode {
 public:
  explicit GradMode(bool records);
  ~GradMode();
  GradMode(const GradMode&) = delete;
  GradMode& operator=(const GradMode&) = delete;

 private:
  bool before_;
};
// While one exists, ops record nothing: for evaluation and generation.
struct NoGrad : GradMode {
  NoGrad() : GradMode(false) {}
};
// While one exists, they record, inside a NoGrad too.
struct Recording : GradMode {
  Recording() : GradMode(true) {}
};
bool grad_enabled();

// share[i] = formula(inputs[i]…), added without an intermediate tensor where shapes allow.
template <class Formula, class... Inputs>
void Var::add_grad(const Formula& formula, const Tensor& first, const Inputs&... rest) const {
  if (!requires_grad()) return;
  Shape result = first.shape();
  ((result = broadcast_shape("add_grad", result, rest.shape())), ...);
  if (result != shape() || !can_accumulate_in_place())
    return add_grad(map(formula, first, rest...));
  update([&formula](real grad, auto... x) { return grad + formula(x...); }, node_->grad, first,
         rest...);
}

}  // namespace t5
