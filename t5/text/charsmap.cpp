// The double-array trie: its bounds, and the way through it; see charsmap.h.
#include "t5/text/charsmap.h"

#include <cstring>

namespace t5 {
namespace {

// A trie is an array of 32-bit units in blocks of 256. A unit with the top bit set is a value, the
// place of a replacement; another leads from its own index to (index ^ offset ^ byte), which for
// all bytes lies in one block.
bool is_value(uint32_t unit) { return unit >> 31; }
size_t offset_of(uint32_t unit) { return static_cast<size_t>(unit >> 10) << (unit >> 9 & 1) * 8; }
bool has_value(uint32_t unit) { return unit >> 8 & 1; }  // at (index ^ offset)
uint32_t label_of(uint32_t unit) { return unit & 0x800000ff; }

// A map is the trie's size in bytes, the trie, and the replacements, each ended by a zero byte.
size_t trie_bytes(std::string_view map) {
  uint32_t size = 0;
  if (map.size() > sizeof size) std::memcpy(&size, map.data(), sizeof size);
  return size;
}

std::vector<uint32_t> trie_of(std::string_view map) {
  std::vector<uint32_t> trie(trie_bytes(map) / sizeof(uint32_t));
  std::memcpy(trie.data(), map.data() + sizeof(uint32_t), trie.size() * sizeof(uint32_t));
  return trie;
}

std::string_view replacements_of(std::string_view map) {
  return map.substr(sizeof(uint32_t) + trie_bytes(map));
}

// The longest replacement of Unicode's own, the ligature U+FDFA, takes 33 bytes. Longer ones would
// make a text grow without bound.
constexpr size_t kMaxReplacement = 100;

bool is_replacement(std::string_view replacements, size_t place) {
  return place < replacements.size() &&
         replacements.substr(place, kMaxReplacement + 1).find('\0') != replacements.npos;
}

}  // namespace

bool CharacterMap::is_whole(std::string_view map) {
  if (map.empty()) return true;
  size_t bytes = trie_bytes(map);
  if (bytes == 0 || bytes % 1024 != 0 || bytes >= map.size() - sizeof(uint32_t)) return false;
  std::string_view replacements = replacements_of(map);
  std::vector<uint32_t> trie = trie_of(map);
  for (size_t index = 0; index < trie.size(); ++index) {
    uint32_t unit = trie[index];
    if (is_value(unit) ? !is_replacement(replacements, unit & 0x7fffffff)
                       : (index ^ offset_of(unit)) >= trie.size())
      return false;
  }
  return replacements.back() == '\0';
}

CharacterMap::CharacterMap(std::string_view map) {
  if (map.empty()) return;
  trie_ = trie_of(map);
  replacements_ = replacements_of(map);
}

template <class Use>
void CharacterMap::for_each_match(std::string_view text, const Use& use) const {
  if (trie_.empty()) return;
  size_t index = offset_of(trie_[0]);
  for (size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    index ^= byte;
    uint32_t unit = trie_[index];
    if (label_of(unit) != byte) return;
    index ^= offset_of(unit);
    if (!has_value(unit)) continue;
    size_t place = trie_[index] & 0x7fffffff;
    // Up to the zero byte: the string's own length is told by its pointer.
    if (place < replacements_.size() && !use(Match{i + 1, replacements_.data() + place})) return;
  }
}

CharacterMap::Match CharacterMap::longest_match(std::string_view text) const {
  Match longest;
  for_each_match(text, [&](const Match& match) {
    longest = match;
    return true;
  });
  return longest;
}

CharacterMap::Match CharacterMap::shortest_match(std::string_view text) const {
  Match shortest;
  for_each_match(text, [&](const Match& match) {
    shortest = match;
    return false;
  });
  return shortest;
}

}  // namespace t5
