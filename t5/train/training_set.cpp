#include "t5/train/training_set.h"

#include <algorithm>
#include <iterator>
#include <memory>

#include "t5/text/examples.h"
#include "t5/text/lines.h"
#include "t5/train/fingerprint.h"
#include "tensor/error.h"
#include "tensor/parallel.h"

namespace t5 {

TrainingSet::TrainingSet(std::vector<TokenPair> pairs)
    : size_(std::ssize(pairs)), same_(true), fingerprint_(t5::fingerprint(pairs)) {
  auto kept = std::make_shared<const std::vector<TokenPair>>(std::move(pairs));
  make_ = [kept](int64_t index, int64_t) { return (*kept)[index]; };
}

std::vector<TokenPair> TrainingSet::examples(int64_t epoch) const {
  std::vector<TokenPair> all;
  for (int64_t i = 0; i < size_; ++i) all.push_back(example(i, epoch));
  return all;
}

TrainingSet with_objective(std::vector<Ids> chunks, Objective objective, uint64_t seed,
                           std::string settings) {
  auto kept = std::make_shared<const std::vector<Ids>>(std::move(chunks));
  auto make = [kept, objective = std::move(objective), seed](int64_t index, int64_t epoch) {
    return objective((*kept)[index], Random(seed).fork(epoch).fork(index));
  };
  return {std::ssize(*kept), make, std::move(settings), fingerprint(*kept)};
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

void check_has_text(const std::string& file, bool has_text) {
  check(format_of(file) != TextFormat::kJsonLines,
        "{}: JSON lines, where plain text is expected, one document a line", file);
  check(has_text, "{}: there is no text in it; expected one document a line", file);
}

std::vector<Ids> read_chunks(const std::vector<std::string>& files, const Tokenizer& tokenizer,
                             int64_t length) {
  std::vector<Ids> documents;
  for (const std::string& file : files) {
    check_has_text(file, true);
    std::vector<Ids> more = tokenize_documents(read_lines(file), tokenizer);
    check_has_text(file,
                   std::any_of(more.begin(), more.end(), [](auto& ids) { return !ids.empty(); }));
    std::move(more.begin(), more.end(), std::back_inserter(documents));
  }
  return split_into_chunks(documents, length);
}

}  // namespace t5
