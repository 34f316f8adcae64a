#include "nn/optimizers/optimizer.h"

#include "tensor/error.h"
#include "tensor/parallel.h"

namespace t5 {

Optimizer::Optimizer(Parameters& parameters) {
  parameters.make_writable();
  for (Parameter* p : parameters.trainable()) slots_.push_back({p, {}});
}

void Optimizer::allocate_slots() {
  for (Slot& slot : slots_)
    for (const auto& [name, shape] : slot_shapes(slot.parameter->var.shape()))
      slot.tensors[name] = Tensor::zeros(shape);
}

void Optimizer::step(double learning_rate, double gradient_scale) {
  ++step_count_;
  parallel_tasks(
      std::ssize(slots_), [&](int64_t i) { return slots_[i].parameter->var.value().size(); },
      [&](int64_t i) {
        if (slots_[i].parameter->var.grad().defined())
          update(slots_[i], learning_rate, gradient_scale);
      });
}

std::map<std::string, Tensor> Optimizer::state() const {
  std::map<std::string, Tensor> all;
  for (const Slot& slot : slots_)
    for (const auto& [name, tensor] : slot.tensors) all[slot.parameter->name + "." + name] = tensor;
  return all;
}

void Optimizer::load_state(const std::map<std::string, Tensor>& state, int64_t step_count) {
  std::map<std::string, Tensor> mine = this->state();
  for (const auto& [name, tensor] : mine) {
    auto found = state.find(name);
    check(found != state.end(), "optimizer: the saved state has no {}; was it another optimiser?",
          name);
    check(found->second.shape() == tensor.shape(), "optimizer: the saved {} is {} instead of {}",
          name, found->second.shape(), tensor.shape());
  }
  check(mine.size() == state.size(), "optimizer: the saved state has {} tensors, this one {}",
        state.size(), mine.size());
  for (auto& [name, tensor] : mine) tensor.copy_from(state.at(name));
  step_count_ = step_count;
}

std::unique_ptr<Optimizer> make_optimizer(const std::string& name, Parameters& parameters,
                                          double weight_decay) {
  auto decay = [&](double standard) { return weight_decay < 0 ? standard : weight_decay; };
  if (name == "sgd") return make_sgd(parameters, {.momentum = 0.9, .weight_decay = decay(0)});
  if (name == "adamw") return make_adamw(parameters, {.weight_decay = decay(0.01)});
  if (name == "adafactor") return make_adafactor(parameters, {.weight_decay = decay(0)});
  fail("optimizer: '{}' is not one of sgd, adamw, adafactor", name);
}

}  // namespace t5
