#include "t5/train/training_set.h"

#include "tensor/error.h"
#include "tensor/parallel.h"

namespace t5 {

TrainingSet::TrainingSet(const std::vector<TokenPair>& pairs)
    : size_(std::ssize(pairs)),
      same_(true),
      make_([&pairs](int64_t index, int64_t) { return pairs[index]; }) {}

TrainingSet with_objective(const std::vector<Ids>& chunks, Objective objective, uint64_t seed,
                           std::string settings) {
  auto make = [&chunks, objective = std::move(objective), seed](int64_t index, int64_t epoch) {
    return objective(chunks[index], Random(seed).fork(epoch).fork(index));
  };
  return {std::ssize(chunks), make, std::move(settings)};
}

std::vector<Ids> tokenize_documents(const std::vector<std::string>& lines,
                                    const Tokenizer& tokenizer) {
  std::vector<Ids> documents(lines.size());
  parallel_for(std::ssize(lines), 256, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) documents[i] = tokenizer.encode_without_eos(lines[i]);
  });
  return documents;
}

std::vector<Ids> split_into_chunks(const std::vector<Ids>& documents, int64_t length) {
  check(length > 0, "chunks: a length of {} tokens", length);
  std::vector<Ids> chunks;
  for (const Ids& document : documents)
    for (Id id : document) {
      if (chunks.empty() || std::ssize(chunks.back()) == length) chunks.emplace_back();
      chunks.back().push_back(id);
    }
  return chunks;
}

}  // namespace t5
