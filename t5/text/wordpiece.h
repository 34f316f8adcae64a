// WordPiece, the vocabulary of BERT (arXiv 1810.04805): text becomes words, and a word the longest
// pieces from left to right. A piece that does not begin a word is written with ## before it.
//
// Words end at white space; each mark of punctuation and each Chinese character is a word of its
// own. Ids and text are those of transformers' BertTokenizer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "t5/text/trie.h"

namespace t5 {

// What BERT's normaliser takes a character for, a table like those of unicode_data.h: X removed
// (control, format, private use), M an accent, P punctuation, W a Chinese character. The classes
// are those of Unicode 8, as in the tokenizers library.
extern const std::string_view kBertCharacters;

struct BertNormalizer {
  bool lower_case = true;
  bool strip_accents = true;
  bool split_chinese = true;

  // Without control characters and what is not UTF-8, white space as blanks.
  std::string operator()(std::string_view text) const;
};

// The words of normalised text.
std::vector<std::string_view> bert_words(std::string_view text);

class WordPiece {
 public:
  using Pieces = std::vector<std::optional<std::string>>;  // by id; nothing: the id has no text

  WordPiece() = default;  // knows no piece, and must not be asked
  // `unknown` is the piece that stands for a word which cannot be cut into others.
  WordPiece(Pieces pieces, const std::string& unknown);

  int32_t id(const std::string& piece) const;  // -1 for none
  int32_t unknown() const { return unknown_; }
  const Pieces& pieces() const { return pieces_; }

  void encode(std::string_view word, std::vector<int32_t>& ids) const;  // appends

 private:
  Pieces pieces_;
  std::unordered_map<std::string, int32_t> ids_;
  Trie first_, later_;  // pieces; those that continue a word, without their ##
  int32_t unknown_ = -1;
};

// Appends a piece to the text before it, if any: with a blank between them unless it continues a
// word, and without the blank before . ? ! , and the second part of an English contraction.
void append_piece(std::string_view piece, bool is_first, std::string& text);

}  // namespace t5
