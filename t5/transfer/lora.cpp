// Low-rank adaptation.
#include <cmath>

#include "autograd/ops/arithmetic.h"
#include "t5/transfer/adapter_part.h"
#include "tensor/ops/matmul.h"

namespace t5 {
namespace {

class Lora final : public AdapterPart {
 public:
  Lora(const AdapterConfig& config, const std::string& name, const Scope& scope, int64_t in,
       int64_t out)
      : a_(scope / "lora_A" / name, in, config.r, 1 / std::sqrt(3.0 * static_cast<double>(in))),
        b_(scope / "lora_B" / name, config.r, out, 0),
        scale_(static_cast<real>(config.lora_scale())),
        dropout_rate_(static_cast<real>(config.lora_dropout)) {}

  Var after(const Var& x, Var y, const Dropout& training) const override {
    // exercise 19-transfer/lora — a detour of rank r, added to y
    Var dropped = dropout(x, {dropout_rate_, training.random});
    return add_linear(std::move(y), a_(dropped) * scale_, b_.weight);
    // end exercise
  }

  void merge(Tensor& weight) const override {
    // exercise 19-transfer/merge — the detour becomes a part of the road
    gemm(scale_, b_.weight.value(), a_.weight.value(), 1, weight);
    // end exercise
  }

 private:
  Linear a_, b_;
  real scale_, dropout_rate_;
};

}  // namespace

std::unique_ptr<AdapterPart> make_lora(const AdapterConfig& config, const std::string& name,
                                       const Scope& scope, int64_t in, int64_t out) {
  return std::make_unique<Lora>(config, name, scope, in, out);
}

}  // namespace t5
