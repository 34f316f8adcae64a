// Adapters between the layers.
#include "autograd/ops/arithmetic.h"
#include "t5/transfer/adapter_part.h"
#include "tensor/error.h"

namespace t5 {
namespace {

class Bottleneck final : public AdapterPart {
 public:
  Bottleneck(int64_t size, const std::string& name, const Scope& scope, int64_t out)
      : down_(scope / "adapter_down" / name, out, size, 0.01),
        up_(scope / "adapter_up" / name, size, out, 0) {}

  Var after(const Var&, Var y, const Dropout&) const override {
    // exercise 19-transfer/bottleneck — through a narrow place, and added
    Var narrow = relu(down_(y));
    return add_linear(std::move(y), narrow, up_.weight);
    // end exercise
  }

  void merge(Tensor&) const override {
    fail("adapter: a bottleneck is not linear, and cannot be merged into a weight");
  }

 private:
  Linear down_, up_;
};

}  // namespace

std::unique_ptr<AdapterPart> make_bottleneck(const AdapterConfig& config, const std::string& name,
                                             const Scope& scope, int64_t out) {
  return std::make_unique<Bottleneck>(config.bottleneck_size, name, scope, out);
}

}  // namespace t5
