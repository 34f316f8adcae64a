// Tokens beside the pieces of a vocabulary: <pad>, the sentinels, and what a user has added.
//
// They are found in a text before it is cut into pieces, wherever they stand: the longest one that
// begins at the first place where one begins. The flags are those of the tokenizers library.
#pragma once

#include <bitset>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "t5/text/trie.h"

namespace t5 {

struct AddedToken {
  std::string text;
  int32_t id = -1;                      // -1: that of the equal piece, or the next free one
  bool special = false;                 // left out when a text is decoded without special tokens
  bool single_word = false;             // only where no letter or digit touches it
  bool lstrip = false, rstrip = false;  // takes the white space before it, after it
  bool normalized = false;              // looked for in the text after the normaliser
};

class AddedTokens {
 public:
  using Normalize = std::function<std::string(std::string_view)>;

  AddedTokens() = default;  // holds nothing
  // Texts and ids are distinct. `normalize` tells how tokens with that flag look in a text.
  AddedTokens(std::vector<AddedToken> tokens, const Normalize& normalize);

  const AddedToken* find(int32_t id) const;  // null when no token has the id
  const std::vector<AddedToken>& tokens() const { return tokens_; }

  struct Part {
    std::string_view text;    // without the white space that a token took
    const AddedToken* token;  // null: text without added tokens, not empty
  };
  // The text at its tokens, from left to right: at those without the flag `normalized`, or, in text
  // that the normaliser has seen, at those with it.
  std::vector<Part> split(std::string_view text, bool normalized = false) const;

 private:
  struct Finder {
    Trie trie;  // numbers are places in tokens_
    std::bitset<256> first_bytes;
  };
  struct Match {
    size_t length = 0;  // 0: no token
    const AddedToken* token = nullptr;
  };
  static Finder finder(const std::vector<std::pair<std::string, int32_t>>& strings);
  Match match_at(const Finder& finder, std::string_view text, size_t at) const;

  std::vector<AddedToken> tokens_;
  std::unordered_map<int32_t, size_t> by_id_;
  Finder raw_, normalized_;
};

}  // namespace t5
