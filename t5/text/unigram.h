// The unigram language model of pieces (Kudo 2018, arXiv 1804.10959): the most probable way to cut
// a text into the pieces of a vocabulary.
//
// Every piece has a probability of its own, whatever stands beside it; a segmentation's is the
// product over its pieces. Scores are logarithms, so they add, and the best of the exponentially
// many segmentations is the best path from the text's beginning to its end.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "t5/text/piece_model.h"
#include "t5/text/trie.h"

namespace t5 {

// The best way to write the beginning of a text up to some place: its score, and its last piece.
struct BestPath {
  double score = 0;
  int32_t id = -1;   // -1: there is no way yet
  size_t begin = 0;  // where the last piece begins
};

// A piece within a text.
struct Part {
  int32_t id;
  std::string_view text;  // the text's own letters, those of <unk> too
};

class Unigram {
 public:
  Unigram() = default;  // knows no piece, and must not be asked
  // `unknown` is the id of <unk>. Scores of paths are rounded to floats, as SentencePiece keeps
  // them, unless `exact`, as the tokenizers library does: it decides between paths that are equal
  // but for roundings.
  Unigram(const PieceModel& model, int32_t unknown, bool exact = false);

  // The best path to every place in `text`, 0 to text.size(): the forward pass of Viterbi's
  // algorithm. Places within a character keep id -1. What stands before the text has `score`.
  std::vector<BestPath> best_paths(std::string_view text, double score = 0) const;
  // The pieces of the best path to the end of `text`, from left to right. Each character that is no
  // piece is a part of its own, with the id of <unk>.
  std::vector<Part> segment(std::string_view text) const {
    double score = 0;
    return segment(text, score);
  }
  // Appends the ids. Neighbouring unknown characters make one <unk>, or, in a model with byte
  // fallback, are spelt in the pieces of their bytes. A long text is cut run by run: where no piece
  // lies across a place, every path goes through it, and memory need not grow with the text.
  void encode(std::string_view text, std::vector<int32_t>& ids) const;

 private:
  // The same of text with that score before it, which becomes that of both.
  std::vector<Part> segment(std::string_view text, double& score) const;
  // How much of a text is cut at a time: some 64 kB, up to a place that all paths go through.
  size_t run_length(std::string_view text) const;
  double rounded(double score) const { return exact_ ? score : static_cast<float>(score); }

  Trie trie_;
  std::vector<double> scores_;  // by id
  size_t longest_ = 0;          // bytes of a piece
  int32_t unknown_ = 0;
  bool byte_fallback_ = false, exact_ = false;
  std::array<int32_t, 256> byte_ids_{};
};

}  // namespace t5
