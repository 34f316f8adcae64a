#include "t5/train/pretraining.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "t5/text/line_file.h"
#include "t5/train/token_text.h"

namespace t5 {
namespace {

TrainingSet with_kept_text(const std::vector<std::string>& files, const Tokenizer& tokenizer,
                           const PretrainOptions& o, int64_t length, Objective objective,
                           uint64_t seed, std::string settings) {
  uint64_t hash = tokenizer_hash(o.tokenizer_dir);
  std::vector<TokenFile> kept;
  for (const std::string& file : files) kept.emplace_back(file, tokenizer, hash, o.cache);
  auto text = std::make_shared<const TokenText>(std::move(kept));
  auto make = [=, objective = std::move(objective)](int64_t index, int64_t epoch) {
    return objective(text->chunk(index, length), Random(seed).fork(epoch).fork(index));
  };
  return {(text->size() + length - 1) / length, make, std::move(settings), text->fingerprint()};
}

}  // namespace

TrainingSet read_text(const std::vector<std::string>& files, const Tokenizer& tokenizer,
                      const PretrainOptions& o, uint64_t seed) {
  const ObjectiveKind& kind = objective_kind(o.objective);
  int64_t length = kind.chunk_length(o.inputs_length, o.noise);
  std::string settings = fmt::format(
      "objective={} noise_density={} mean_noise_span_length={} inputs_length={} "
      "sentinels={}",
      o.objective, o.noise.density, o.noise.mean_span_length, o.inputs_length, o.sentinels);
  Objective objective = kind.make(o.noise, markers_of(tokenizer, o.sentinels));
  if (!o.tokenizer_dir.empty() && is_worth_keeping(files, o.cache))
    return with_kept_text(files, tokenizer, o, length, objective, seed, settings);
  return with_objective(read_chunks(files, tokenizer, length), objective, seed, settings);
}

}  // namespace t5
