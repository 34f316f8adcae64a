// Stochastic gradient descent with heavy-ball momentum.

#include "nn/optimizers/optimizer.h"
#include "tensor/parallel.h"

namespace t5 {
namespace {

class Sgd : public Optimizer {
 public:
  Sgd(Parameters& parameters, SgdOptions options) : Optimizer(parameters), options_(options) {
    allocate_slots();
  }

 protected:
  std::map<std::string, Shape> slot_shapes(const Shape& parameter) const override {
    return {{"velocity", parameter}};
  }

  // u = momentum u + g + decay p;  p -= lr u
  void update(Slot& slot, double learning_rate, double gradient_scale) override {
    // exercise 06-optimisers/sgd — a velocity that gathers gradients, and a step along it
    real lr = static_cast<real>(learning_rate), s = static_cast<real>(gradient_scale);
    real momentum = static_cast<real>(options_.momentum);
    real decay = static_cast<real>(options_.weight_decay);
    real* p = slot.parameter->var.mutable_value().mutable_data();
    real* u = slot.tensors["velocity"].mutable_data();
    const real* g = slot.parameter->var.grad().data();
    parallel_for(slot.parameter->var.value().size(), kElementGrain,
                 [=](int64_t begin, int64_t end) {
#pragma omp simd
                   for (int64_t i = begin; i < end; ++i) {
                     u[i] = momentum * u[i] + s * g[i] + decay * p[i];
                     p[i] -= lr * u[i];
                   }
                 });
    // end exercise
  }

 private:
  SgdOptions options_;
};

}  // namespace

std::unique_ptr<Optimizer> make_sgd(Parameters& parameters, SgdOptions options) {
  return std::make_unique<Sgd>(parameters, options);
}

}  // namespace t5
