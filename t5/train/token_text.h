// Text to pretrain on of any size: the tokens of files of documents, laid end to end.
//
// Chunk number k is tokens k · length and on: to know where it begins in the text, all before it
// must have been tokenised. So that is done once. A small text's tokens are held in memory; those
// of a large one are kept in the cache, two or four bytes each, and mapped. They cost less to read
// than their text would to tokenise in every epoch, and a run, killed or resumed, sees the same
// chunks.
//
// Threads: several may read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "t5/files/cache.h"
#include "t5/text/tokenizer.h"
#include "t5/train/training_set.h"

namespace t5 {

// The tokens of one file, one document a line, in the cache.
class TokenFile {
 public:
  // `tokenizer_hash` tells tokenizers apart: what another one made is not taken. Throws Error for a
  // file without text, and one whose name says JSON lines.
  TokenFile(const std::string& path, const Tokenizer& tokenizer, uint64_t tokenizer_hash,
            const Cache& cache);

  int64_t size() const { return size_; }
  uint64_t fingerprint() const { return fingerprint_; }
  // Appends tokens [begin, end) to `ids`.
  void append(int64_t begin, int64_t end, Ids& ids) const;

 private:
  std::shared_ptr<const MappedFile> map_;
  int64_t size_ = 0, width_ = 0;  // bytes of a token
  uint64_t fingerprint_ = 0;
};

// Files one after the other.
class TokenText {
 public:
  explicit TokenText(std::vector<TokenFile> files);

  int64_t size() const { return begins_.back(); }
  uint64_t fingerprint() const;
  // Chunk number `index` of `length` tokens; the last may be shorter.
  Ids chunk(int64_t index, int64_t length) const;

 private:
  std::vector<TokenFile> files_;
  std::vector<int64_t> begins_;  // of each file, and the end
};

// Tells the tokenizer of a directory apart from others: by the files that make it.
uint64_t tokenizer_hash(const std::string& directory);

}  // namespace t5
