// Infused adapters: features that are scaled.
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/shaping.h"
#include "t5/transfer/adapter_part.h"
#include "tensor/ops/elementwise.h"

namespace t5 {
namespace {

class Ia3 final : public AdapterPart {
 public:
  // PEFT keeps l as a column where it scales what comes out, and as a row where it scales what goes
  // in: the shape with which it multiplies the weight.
  Ia3(bool scales_input, const std::string& name, const Scope& scope, int64_t in, int64_t out)
      : scales_input_(scales_input),
        l_((scope / "ia3_l")
               .parameter(name, scales_input ? Shape{1, in} : Shape{out, 1}, Init::constant(1))) {}

  Var before(const Var& x) const override { return scales_input_ ? x * l_ : x; }
  Var after(const Var&, const Var& y, const Dropout&) const override {
    return scales_input_ ? y : y * transpose(l_);
  }
  void merge(Tensor& weight) const override {
    weight.copy_from(map([](real w, real l) { return w * l; }, weight, l_.value()));
  }

 private:
  bool scales_input_;
  Var l_;
};

}  // namespace

std::unique_ptr<AdapterPart> make_ia3(const AdapterConfig& config, const std::string& name,
                                      const Scope& scope, int64_t in, int64_t out) {
  return std::make_unique<Ia3>(config.is_feedforward(scope.path()), name, scope, in, out);
}

}  // namespace t5
