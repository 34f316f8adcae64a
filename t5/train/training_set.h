// What a model is trained on: numbered examples, and the objectives that make them out of text.
//
// Supervised pairs are the same in every epoch. Pretraining makes its pairs: an objective hides a
// part of a chunk of text and asks for it, another part in each epoch. The random numbers are
// counted, so that example (index, epoch) is a function of the seed and of these two alone, and a
// resumed run sees what it would have seen. The trainer knows of neither.
//
// Threads: the trainer asks for the examples of a batch from several at once.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "t5/model/model.h"
#include "t5/text/tokenizer.h"

namespace t5 {

class TrainingSet {
 public:
  using Make = std::function<TokenPair(int64_t index, int64_t epoch)>;

  TrainingSet(std::vector<TokenPair> pairs);  // as they are; move them in, or the set has a copy
  // `size` examples, made when they are asked for. `settings` says how, in one line.
  // `fingerprint`: of what they are made from; see fingerprint.h.
  TrainingSet(int64_t size, Make make, std::string settings, uint64_t fingerprint = 0,
              bool same_in_every_epoch = false)
      : size_(size),
        same_(same_in_every_epoch),
        make_(std::move(make)),
        settings_(std::move(settings)),
        fingerprint_(fingerprint) {}

  int64_t size() const { return size_; }
  TokenPair example(int64_t index, int64_t epoch) const { return make_(index, epoch); }
  std::vector<TokenPair> examples(int64_t epoch) const;  // all of them
  const std::string& settings() const { return settings_; }
  uint64_t fingerprint() const { return fingerprint_; }  // equal sets of data have the same
  bool same_in_every_epoch() const { return same_; }

 private:
  int64_t size_;
  bool same_ = false;
  Make make_;
  std::string settings_;
  uint64_t fingerprint_;
};

// Makes an example of a run of tokens: what the model reads, and what it is to write, both with
// eos.
using Objective = std::function<TokenPair(std::span<const Id> tokens, Random random)>;

// Chunks of text under an objective, hidden anew in each epoch.
TrainingSet with_objective(std::vector<Ids> chunks, Objective objective, uint64_t seed,
                           std::string settings);

// Each line as ids without eos, in parallel.
std::vector<Ids> tokenize_documents(const std::vector<std::string>& lines,
                                    const Tokenizer& tokenizer);

// The documents laid end to end and cut every `length` tokens; the last chunk may be shorter. No
// token is lost, none is padding.
std::vector<Ids> split_into_chunks(const std::vector<Ids>& documents, int64_t length);

// Throws for a file without text, and one whose name says JSON lines.
void check_has_text(const std::string& file, bool has_text);

// The same of files of text, one document a line, which check_has_text() finds right.
std::vector<Ids> read_chunks(const std::vector<std::string>& files, const Tokenizer& tokenizer,
                             int64_t length);

}  // namespace t5
