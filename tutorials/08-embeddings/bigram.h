// Bigram models: what follows a word, told from that word alone. Counted, which no bigram model can
// beat on the text that was counted, and learned, which is an embedding and a head.
#pragma once

#include <string>
#include <vector>

#include "nn/layers/basic.h"
#include "nn/parameters.h"

namespace t5 {

// Sentences as ids of words. Id 0 is the boundary, before the first word and after the last.
struct WordText {
  std::vector<std::string> words;  // by id, the most frequent first
  Ids previous, next;              // every pair of neighbours
};
WordText make_word_text(const std::vector<std::string>& sentences);

// (V, V): how often word b follows word a.
Tensor count_pairs(const WordText& text);

// Bits per word that the counts themselves need: the mean of -log2(n(a, b) / n(a)) over all pairs.
double counted_bits(const Tensor& counts);

// logits = (E[previous] W) E' / sqrt(M), the head tied to the table. Without W the scores would be
// a symmetric matrix: "the cat" as likely as "cat the".
struct Bigram {
  Embedding embedding;
  std::optional<Linear> linear;

  Bigram(Scope scope, int64_t vocabulary, int64_t width, bool with_linear);
  Var operator()(const Ids& previous) const;  // (N, V)
};

}  // namespace t5
