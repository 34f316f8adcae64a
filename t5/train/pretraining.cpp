#include "t5/train/pretraining.h"

#include <fmt/format.h>

namespace t5 {

TrainingSet read_text(const std::vector<std::string>& files, const Tokenizer& tokenizer,
                      const PretrainOptions& o, uint64_t seed) {
  int64_t length =
      o.objective == "prefix-lm" ? o.inputs_length : chunk_lengths(o.inputs_length, o.noise).tokens;
  std::string settings = fmt::format(
      "objective={} noise_density={} mean_noise_span_length={} inputs_length={} "
      "sentinels={}",
      o.objective, o.noise.density, o.noise.mean_span_length, o.inputs_length, o.sentinels);
  return with_objective(read_chunks(files, tokenizer, length),
                        make_objective(o.objective, o.noise, markers_of(tokenizer, o.sentinels)),
                        seed, settings);
}

}  // namespace t5
