// Parameters: the named tensors of a model, and the scopes that name them.
//
// A layer is a struct built from a scope. The scope's path is the parameter's name, so that names
// come out equal to the checkpoint's:
//
//   Linear q(scope / "SelfAttention" / "q", …)   owns "….SelfAttention.q.weight"
//
// Asking for a name twice gives the same parameter, which is how embeddings are tied. Whoever makes
// a parameter says whether it is trained: optimisers and checkpoints see those that are.
//
// Threads: several may read a store at once. What is not const wants it alone.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "autograd/var.h"

namespace t5 {

// How a parameter starts when nothing is loaded.
struct Init {
  enum Kind { kNormal, kConstant } kind;
  double value;  // the normal's standard deviation, or the constant

  static Init normal(double deviation) { return {kNormal, deviation}; }
  static Init constant(double value) { return {kConstant, value}; }
};

struct Parameter {
  std::string name;
  Var var;
};

class Scope;
class LinearAdapter;  // nn/layers/basic.h

// Makes what stands beside the linear layer of a scope, (N, in) -> (N, out), and gets its
// parameters from that scope; null for nothing.
using AdapterMaker =
    std::function<std::shared_ptr<const LinearAdapter>(const Scope&, int64_t in, int64_t out)>;

class Parameters {
 public:
  // Where new parameters come from: drawn at random, or read from a file. A leaf of contiguous
  // values that is trainable (it requires a gradient) or frozen, or a matrix that is frozen in
  // fewer bits.
  using Source = std::function<Var(const std::string& name, const Shape&, const Init&)>;

  explicit Parameters(Source source, AdapterMaker adapters = {})
      : source_(std::move(source)), adapters_(std::move(adapters)) {}

  // The parameter of that name, made by the source when it is new. A different shape throws.
  Var get(const std::string& name, const Shape& shape, const Init& init);
  const Var* find(const std::string& name) const;  // null when there is none
  Var* find(const std::string& name);

  // Of linear layers; empty where none has any.
  const AdapterMaker& adapters() const { return adapters_; }

  // In the order of creation.
  const std::deque<Parameter>& all() const { return parameters_; }
  std::deque<Parameter>& all() { return parameters_; }
  // Of these, those that are trained.
  std::vector<const Parameter*> trainable() const;
  std::vector<Parameter*> trainable();
  int64_t element_count() const;

  void zero_grad();
  // The L2 norm of all gradients together; infinite or NaN when any of them is.
  double gradient_norm() const;
  // Copies trainable parameters that lie in a mapped file, so that they can be changed.
  void make_writable();

 private:
  Source source_;
  AdapterMaker adapters_;
  std::deque<Parameter> parameters_;  // a deque: find() hands out pointers
  std::unordered_map<std::string, size_t> index_;
};

// A source of random values, all trainable. Each parameter draws from a generator of its own, made
// from the seed and its name: adding a parameter does not change the others.
Parameters::Source random_source(uint64_t seed);

// A source of the values of another store, which must outlive it: the memory is shared, the
// gradients are not.
Parameters::Source shared_source(const Parameters& parameters);

// A path in the tree of layers.
class Scope {
 public:
  explicit Scope(Parameters& parameters, std::string path = "")
      : parameters_(&parameters), path_(std::move(path)) {}

  Scope operator/(const std::string& name) const {
    return Scope(*parameters_, path_.empty() ? name : path_ + "." + name);
  }
  Scope operator/(int64_t index) const { return *this / std::to_string(index); }
  Var parameter(const std::string& name, const Shape& shape, const Init& init) const {
    return parameters_->get((*this / name).path_, shape, init);
  }
  std::shared_ptr<const LinearAdapter> linear_adapter(int64_t in, int64_t out) const {
    return parameters_->adapters() ? parameters_->adapters()(*this, in, out) : nullptr;
  }
  const std::string& path() const { return path_; }

 private:
  Parameters* parameters_;
  std::string path_;
};

}  // namespace t5
