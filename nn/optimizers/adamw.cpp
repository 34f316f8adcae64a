// AdamW: a step of about the learning rate for every element, whatever the gradient's scale.

#include <cmath>

#include "nn/optimizers/optimizer.h"
#include "tensor/parallel.h"

namespace t5 {
namespace {

class AdamW : public Optimizer {
 public:
  AdamW(Parameters& parameters, AdamWOptions options) : Optimizer(parameters), options_(options) {
    allocate_slots();
  }

 protected:
  std::map<std::string, Shape> slot_shapes(const Shape& parameter) const override {
    return {{"mean", parameter}, {"square", parameter}};
  }

  // m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2
  // p -= lr decay p + lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)
  void update(Slot& slot, double learning_rate, double gradient_scale) override {
    // exercise 06-optimisers/adamw — running means of g and g^2, unbiased; the decay apart
    double t = static_cast<double>(step_count_);
    double correction1 = 1 - std::pow(options_.beta1, t);
    double correction2 = 1 - std::pow(options_.beta2, t);
    real s = static_cast<real>(gradient_scale);
    real b1 = static_cast<real>(options_.beta1), c1 = static_cast<real>(1 - options_.beta1);
    real b2 = static_cast<real>(options_.beta2), c2 = static_cast<real>(1 - options_.beta2);
    real epsilon = static_cast<real>(options_.epsilon);
    real shrink = static_cast<real>(1 - learning_rate * options_.weight_decay);
    real size = static_cast<real>(learning_rate / correction1);
    real unbias = static_cast<real>(1 / std::sqrt(correction2));
    real* p = slot.parameter->var.mutable_value().mutable_data();
    real *m = slot.tensors["mean"].mutable_data(), *v = slot.tensors["square"].mutable_data();
    const real* g = slot.parameter->var.grad().data();
    parallel_for(slot.parameter->var.value().size(), kElementGrain,
                 [=](int64_t begin, int64_t end) {
#pragma omp simd
                   for (int64_t i = begin; i < end; ++i) {
                     real d = s * g[i];
                     m[i] = b1 * m[i] + c1 * d;
                     v[i] = b2 * v[i] + c2 * d * d;
                     p[i] = shrink * p[i] - size * m[i] / (std::sqrt(v[i]) * unbias + epsilon);
                   }
                 });
    // end exercise
  }

 private:
  AdamWOptions options_;
};

}  // namespace

std::unique_ptr<Optimizer> make_adamw(Parameters& parameters, AdamWOptions options) {
  return std::make_unique<AdamW>(parameters, options);
}

}  // namespace t5
