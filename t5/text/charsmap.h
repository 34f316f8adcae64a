// The characters that a SentencePiece vocabulary replaces before it looks at a text: ﬁ by fi, ½ by
// 1⁄2, a no-break space by a space.
//
// A model stores them as a "precompiled character map": the memory of a double-array trie (Aoe
// 1989), followed by the replacements.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace t5 {

class CharacterMap {
 public:
  CharacterMap() = default;  // replaces nothing
  // `map` is whole.
  explicit CharacterMap(std::string_view map);
  // Whether no text can lead outside the map's memory, nor grow much. The empty map is whole.
  static bool is_whole(std::string_view map);

  struct Match {
    size_t length = 0;  // bytes that are replaced, 0 for none
    std::string_view replacement;
  };
  // The longest entry that `text` begins with.
  Match longest_match(std::string_view text) const;
  // The shortest one, which the tokenizers library takes.
  Match shortest_match(std::string_view text) const;

 private:
  // Calls use(match) for every entry that `text` begins with, the shortest first, while it returns
  // true.
  template <class Use>
  void for_each_match(std::string_view text, const Use& use) const;

  std::vector<uint32_t> trie_;
  std::string replacements_;  // each ended by a zero byte
};

}  // namespace t5
