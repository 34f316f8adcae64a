// What one adapter puts beside one linear layer: y = after(x, before(x) W').
#pragma once

#include <memory>

#include "nn/layers/basic.h"
#include "t5/transfer/adapter_config.h"

namespace t5 {

class AdapterPart {
 public:
  virtual ~AdapterPart() = default;
  virtual Var before(const Var& x) const { return x; }
  virtual Var after(const Var& x, const Var& y, const Dropout& dropout) const = 0;
  // Changes W, (out, in), so that x W' is what the layer with this part gives. Throws Error where
  // no W does.
  virtual void merge(Tensor& weight) const = 0;
};

// The part of a layer (N, in) -> (N, out). Its parameters are called as in PEFT's files, with the
// adapter's name between: "….q.lora_A.NAME.weight".
std::unique_ptr<AdapterPart> make_adapter_part(const AdapterConfig& config, const std::string& name,
                                               const Scope& scope, int64_t in, int64_t out);

// W x + s B A drop(x), B = 0 at the start (Hu et al. 2021, "LoRA", section 4.1): A is (r, in),
// B (out, r), s the config's lora_scale().
std::unique_ptr<AdapterPart> make_lora(const AdapterConfig& config, const std::string& name,
                                       const Scope& scope, int64_t in, int64_t out);

// l * (W x), or W (l * x) where the layer is one of the feed-forward ones (Liu et al. 2022, "IA3"):
// l = 1 at the start.
std::unique_ptr<AdapterPart> make_ia3(const AdapterConfig& config, const std::string& name,
                                      const Scope& scope, int64_t in, int64_t out);

// y + U relu(D y), U = 0 at the start (Houlsby et al. 2019): D is (size, out), U (out, size). Two a
// block: after attention's o, and after the feed-forward's wo. As all of T5 without biases.
std::unique_ptr<AdapterPart> make_bottleneck(const AdapterConfig& config, const std::string& name,
                                             const Scope& scope, int64_t out);

}  // namespace t5
