#include "autograd/var.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "autograd/finite.h"
#include "autograd/profile.h"
#include "tensor/error.h"
#include "tensor/ops/quantized.h"
#include "tensor/parallel.h"

namespace t5 {
namespace {

std::atomic<uint64_t> newest_id = 0;  // of all threads: a graph may be built by several
std::atomic<uint64_t> visits = 0;

// What a dying node held. Destroying it may end further nodes, whose own remains are queued here
// instead of being destroyed inside this call: a chain of 200,000 ops must not need 200,000 frames.
struct Remains {
  std::vector<std::shared_ptr<Node>> inputs;
  Backward backward;
};

void bury(Remains remains) {
  thread_local std::vector<Remains> queue;
  thread_local bool burying = false;
  queue.push_back(std::move(remains));
  if (burying) return;
  burying = true;
  while (!queue.empty()) {
    Remains next = std::move(queue.back());
    queue.pop_back();
  }
  burying = false;
}

// The nodes that `root` depends on and that require a gradient, `root` among them: each once,
// newest first, so that a node comes before everything that it was made from.
std::vector<std::shared_ptr<Node>> newest_first(const std::shared_ptr<Node>& root) {
  const uint64_t visit = ++visits;  // no earlier walk has left this number in a node
  // exercise 04-autograd/order — every node once, no recursion, inputs last
  std::vector<std::shared_ptr<Node>> found{root};
  root->visit = visit;
  for (size_t next = 0; next < found.size(); ++next) {
    Node* node = found[next].get();  // push_back moves the handles, not the nodes
    for (const auto& input : node->inputs)
      if (std::exchange(input->visit, visit) != visit) found.push_back(input);
  }
  std::sort(found.begin(), found.end(), [](auto& a, auto& b) { return a->id > b->id; });
  return found;
  // end exercise
}

}  // namespace

Node::~Node() {
  if (!inputs.empty() || backward) bury({std::move(inputs), std::move(backward)});
}

Var::Var(Tensor value, bool requires_grad) : node_(std::make_shared<Node>()) {
  require(value.defined(), "var: the tensor has no elements");
  node_->value = std::move(value);
  node_->requires_grad = requires_grad;
  node_->id = ++newest_id;
}

Var::Var(std::shared_ptr<const QuantizedMatrix> matrix) : node_(std::make_shared<Node>()) {
  node_->quantized = std::move(matrix);
  node_->id = ++newest_id;
}

const QuantizedMatrix* Var::quantized() const { return node_->quantized.get(); }

const Tensor& Var::value() const {
  require(defined(), "var: undefined");
  require(node_->quantized == nullptr, "var: a matrix {} in fewer bits has no values as floats",
          node_->quantized ? node_->quantized->shape() : Shape());
  return node_->value;
}

const Shape& Var::shape() const {
  require(defined(), "var: undefined");
  return node_->quantized ? node_->quantized->shape() : node_->value.shape();
}

bool Var::requires_grad() const { return defined() && node_->requires_grad; }

const Tensor& Var::grad() const {
  require(defined(), "var: an undefined one has no gradient");
  return node_->grad;
}

Tensor& Var::mutable_value() {
  require(defined(), "var: undefined");
  return node_->value;
}

Tensor& Var::mutable_grad() {
  require(defined(), "var: an undefined one has no gradient");
  return node_->grad;
}

void Var::zero_grad() { mutable_grad() = Tensor(); }

bool Var::sole_owner() const {
  const Tensor& value = node_->value;
  return node_.use_count() == 1 && value.unique() && !value.borrowed();
}

bool Var::can_accumulate_in_place() const {
  const Tensor& grad = node_->grad;
  return grad.defined() && grad.unique() && grad.contiguous();
}

// The first share becomes the gradient; it may be shared with another node's (y = a + b passes one
// dy to both), so it is written in place only once it is nobody else's. A leaf's gradient lives on,
// in the hands of optimisers, and is never shared.
void Var::add_grad(Tensor share) const {
  if (!requires_grad()) return;
  // exercise 04-autograd/add-grad — the first share is kept, later ones are added, nothing leaks
  if (share.shape() != shape()) share = sum_to(share, shape());
  Tensor& grad = node_->grad;
  auto plus = [](real g, real s) { return g + s; };
  if (grad.defined() && can_accumulate_in_place()) {
    update(plus, grad, share);
  } else if (grad.defined()) {
    grad = map(plus, grad, share);
  } else {
    bool is_leaf = !node_->backward, is_ours = share.unique() && share.contiguous();
    grad = is_leaf && !is_ours ? share.contiguous_copy() : share;
  }
  // end exercise
}

GradTarget Var::grad_target() const {
  Tensor& grad = node_->grad;
  bool first = !grad.defined();
  if (first)
    grad = Tensor(shape());
  else if (!can_accumulate_in_place())
    grad = grad.contiguous_copy();
  return {grad, first ? real(0) : real(1)};
}

void Var::backward() const {
  require(value().size() == 1, "backward: {} is not a scalar; give the gradient dy to start from",
          shape());
  backward(Tensor::full(shape(), 1));
}

void Var::backward(const Tensor& dy) const {
  require(dy.shape() == shape(), "backward: dy has shape {}, the value {}", dy.shape(), shape());
  require(requires_grad(), "backward: nothing this value depends on requires a gradient");
  auto nodes = newest_first(node_);
  for (const auto& node : nodes)
    require(!node->spent, "backward: called twice through '{}'; run the forward pass again",
            node->op);
  NoGrad no_grad;
  // exercise 04-autograd/backward — each closure once, and what it held is freed at once
  add_grad(dy);
  for (auto& pending : nodes) {
    std::shared_ptr<Node> node = std::move(pending);  // the last handle, if nobody holds the Var
    if (!node->backward) continue;                    // a leaf: it keeps its gradient
    Tensor gradient = std::exchange(node->grad, Tensor());
    Backward run = std::exchange(node->backward, nullptr);
    if (gradient.defined()) run(gradient = gradient.as_contiguous());
    node->spent = true;
    node->inputs.clear();
  }
  // end exercise
}

Var make_op(const Op& op, Tensor value, const std::vector<Var>& inputs, Backward backward) {
  Var result(std::move(value));
  result.node_->op = op.name;
  FiniteOnly::check_result(op.name, result.value());
  if (Profile* profile = Profile::current())
    backward = profiled(*profile, op, result, inputs, std::move(backward));
  if (!grad_enabled()) return result;
  for (const Var& input : inputs)
    if (input.requires_grad()) result.node_->inputs.push_back(input.node_);
  if (result.node_->inputs.empty()) return result;
  result.node_->requires_grad = true;
  result.node_->backward = std::move(backward);
  return result;
}

Var make_op(const Op& op, Tensor value, std::initializer_list<Var> inputs, Backward backward) {
  return make_op(op, std::move(value), std::vector<Var>(inputs), std::move(backward));
}

// What loops hand on to their threads is whether ops do not record: false by itself.
GradMode::GradMode(bool records) : before_(!std::exchange(inherited_flag(), !records)) {}
GradMode::~GradMode() { inherited_flag() = !before_; }
bool grad_enabled() { return !inherited_flag(); }

}  // namespace t5
