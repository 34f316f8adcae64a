// Optimisers: SGD with momentum, AdamW, Adafactor.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nn/parameters.h"

namespace t5 {

// Changes the trainable parameters along their gradients, and owns whatever state that takes.
class Optimizer {
 public:
  explicit Optimizer(Parameters& parameters);
  virtual ~Optimizer() = default;

  // One step for every parameter that has a gradient. Gradients count `gradient_scale` times:
  // global norm clipping and gradient accumulation cost no pass of their own.
  void step(double learning_rate, double gradient_scale = 1);

  int64_t step_count() const { return step_count_; }

  // The state as named tensors, "<parameter>.<slot>", for checkpoints. Tensors are shared, not
  // copied.
  std::map<std::string, Tensor> state() const;
  // Restores what state() gave after `step_count` steps; a missing or surplus tensor throws.
  void load_state(const std::map<std::string, Tensor>& state, int64_t step_count);

 protected:
  // One parameter and its slots (moments and the like), zero before its first step.
  struct Slot {
    Parameter* parameter;
    std::map<std::string, Tensor> tensors;
  };
  virtual std::map<std::string, Shape> slot_shapes(const Shape& parameter) const = 0;
  // Called for several parameters at a time, on different threads.
  virtual void update(Slot& slot, double learning_rate, double gradient_scale) = 0;
  void allocate_slots();  // to be called by the constructor of each optimiser

  std::vector<Slot> slots_;
  int64_t step_count_ = 0;
};

struct SgdOptions {
  double momentum = 0;
  double weight_decay = 0;  // added to the gradient: L2 regularisation
};
std::unique_ptr<Optimizer> make_sgd(Parameters& parameters, SgdOptions options = {});

// Loshchilov and Hutter 2019.
struct AdamWOptions {
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double weight_decay = 0.01;  // decoupled: the parameter shrinks by learning_rate * weight_decay
};
std::unique_ptr<Optimizer> make_adamw(Parameters& parameters, AdamWOptions options = {});

// Shazeer and Stern 2018, without momentum; defaults as in T5's pretraining.
struct AdafactorOptions {
  double decay_rate = 0.8;      // beta2 at step t is 1 - t^-decay_rate
  double clip_threshold = 1;    // on the root mean square of an update
  bool scale_parameter = true;  // steps in proportion to the parameter's root mean square
  double weight_decay = 0;
  int64_t min_factored_size = 128;  // matrices with a smaller side keep a full second moment
};
std::unique_ptr<Optimizer> make_adafactor(Parameters& parameters, AdafactorOptions options = {});

// By name: "sgd" (momentum 0.9), "adamw", "adafactor"; weight_decay < 0 keeps the optimiser's own.
std::unique_ptr<Optimizer> make_optimizer(const std::string& name, Parameters& parameters,
                                          double weight_decay = -1);

}  // namespace t5
