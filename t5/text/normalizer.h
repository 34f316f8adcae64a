// Text as a SentencePiece vocabulary sees it: characters replaced, white space made visible.
//
// A space is part of a piece. It is written ▁ (U+2581), one stands before the first word, and a run
// of white space is one: "the  old house" becomes "▁the▁old▁house". So joining pieces and turning ▁
// into spaces gives the text back, in every language, with no rule about which pieces need a space
// between them.
#pragma once

#include <string>
#include <string_view>

#include "t5/text/charsmap.h"
#include "t5/text/piece_model.h"
#include "t5/text/trie.h"

namespace t5 {

constexpr std::string_view kSpaceMark = "▁";  // U+2581

class Normalizer {
 public:
  Normalizer() : Normalizer(PieceModel{}) {}  // for text without a vocabulary
  explicit Normalizer(const PieceModel& model);

  // The normalised text, with ▁ before it when `prefix` and the model say so. Empty for text that
  // is white space alone. Each invalid byte becomes U+FFFD.
  std::string operator()(std::string_view text, bool prefix = true) const;

 private:
  // The first character of `text`, or the longest run of them that is replaced as one.
  struct Step {
    size_t length;  // bytes of the text
    std::string_view replacement;
  };
  Step first_step(std::string_view text) const;

  CharacterMap map_;
  Trie verbatim_;  // pieces that the user defined are never changed
  bool add_prefix_, join_spaces_;
};

}  // namespace t5
