#include "nn/parameters.h"

#include <cmath>
#include <numeric>

#include "tensor/error.h"
#include "tensor/parallel.h"

namespace t5 {
namespace {

// P: Parameter or const Parameter
template <class P>
std::vector<P*> trained(auto& parameters) {
  std::vector<P*> found;
  for (P& p : parameters)
    if (p.var.requires_grad()) found.push_back(&p);
  return found;
}

}  // namespace

Var Parameters::get(const std::string& name, const Shape& shape, const Init& init) {
  // exercise 05-layers/parameter-by-name — the same name is the same parameter
  if (const Var* existing = find(name)) {
    check(existing->shape() == shape, "parameter {}: asked for as {}, but it is {}", name, shape,
          existing->shape());
    return *existing;
  }
  Var var = source_(name, shape, init);
  check(var.shape() == shape, "parameter {}: asked for as {}, but its source has {}", name, shape,
        var.shape());
  parameters_.push_back({name, var});
  index_[name] = parameters_.size() - 1;
  return var;
  // end exercise
}

const Var* Parameters::find(const std::string& name) const {
  auto found = index_.find(name);
  return found == index_.end() ? nullptr : &parameters_[found->second].var;
}

Var* Parameters::find(const std::string& name) {
  return const_cast<Var*>(std::as_const(*this).find(name));
}

std::vector<Parameter*> Parameters::trainable() { return trained<Parameter>(parameters_); }
std::vector<const Parameter*> Parameters::trainable() const {
  return trained<const Parameter>(parameters_);
}

int64_t Parameters::element_count() const {
  int64_t count = 0;
  for (const Parameter& p : parameters_) count += p.var.shape().size();
  return count;
}

void Parameters::zero_grad() {
  for (Parameter& p : parameters_) p.var.zero_grad();
}

double Parameters::gradient_norm() const {
  const auto parameters = trainable();
  // exercise 06-optimisers/gradient-norm — one length for all gradients together
  std::vector<double> squares(parameters.size());  // added in order: the same in every run
  parallel_tasks(
      std::ssize(parameters), [&](int64_t i) { return parameters[i]->var.value().size(); },
      [&](int64_t i) {
        const Tensor& grad = parameters[i]->var.grad();
        if (grad.defined()) squares[i] = squared_norm(grad);
      });
  return std::sqrt(std::accumulate(squares.begin(), squares.end(), 0.0));
  // end exercise
}

void Parameters::make_writable() {
  for (Parameter* p : trainable())
    if (p->var.value().borrowed()) p->var.mutable_value() = p->var.value().contiguous_copy();
}

namespace {

// FNV-1a, a hash that is the same on every machine (std::hash is not).
uint64_t hash_name(const std::string& name) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (unsigned char c : name) hash = (hash ^ c) * 0x100000001b3ULL;
  return hash;
}

Tensor initial_value(uint64_t seed, const std::string& name, const Shape& shape, const Init& init) {
  // exercise 05-layers/initialisation — a constant, or normal draws that only the name decides
  auto value = static_cast<real>(init.value);
  if (init.kind == Init::kConstant) return Tensor::full(shape, value);
  Random random = Random(seed).fork(hash_name(name));
  return Tensor::normal(shape, random, value);
  // end exercise
}

}  // namespace

Parameters::Source random_source(uint64_t seed) {
  return [seed](const std::string& name, const Shape& shape, const Init& init) {
    return Var(initial_value(seed, name, shape, init), true);
  };
}

Parameters::Source shared_source(const Parameters& parameters) {
  return [&parameters](const std::string& name, const Shape&, const Init&) {
    const Var& theirs = *parameters.find(name);
    return theirs.quantized() != nullptr ? theirs : Var(theirs.value(), theirs.requires_grad());
  };
}

}  // namespace t5
