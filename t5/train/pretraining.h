// Text to pretrain on, under one of the objectives of objectives.h.
#pragma once

#include <string>
#include <vector>

#include "t5/files/cache.h"
#include "t5/train/objectives.h"

namespace t5 {

struct PretrainOptions {
  std::string objective = "span-corruption";  // see objectives.h
  NoiseOptions noise = {};
  int64_t inputs_length = 512;          // tokens of an input, at most
  std::string sentinels = "published";  // see markers_of
  // The directory whose tokenizer it is, and where the tokens of large files are kept (all files',
  // when a user named the place); without the first, all tokens are held in memory.
  std::string tokenizer_dir = "";
  Cache cache = Cache();
};

// Files of plain text, one document a line, as chunks that fill an input and of which another part
// is hidden in each epoch. The set's settings are the options. A file without text throws. Kept or
// held, the examples are the same.
TrainingSet read_text(const std::vector<std::string>& files, const Tokenizer& tokenizer,
                      const PretrainOptions& options, uint64_t seed);

}  // namespace t5
