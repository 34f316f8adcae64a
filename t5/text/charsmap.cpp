// A walk through the protocol buffer, and the bounds of the trie; see charsmap.h.
#include "t5/text/charsmap.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "tensor/error.h"

namespace t5 {
namespace {

// Removes a number of 7 bits a byte, the lowest first, from the front of `bytes`.
uint64_t take_varint(std::string_view& bytes) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    auto byte = static_cast<unsigned char>(bytes[0]);
    bytes.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return value;
}

// The contents of all fields with this number that hold bytes (or a message). A field is its key,
// number · 8 + type, and a value whose length the type tells.
std::vector<std::string_view> fields(std::string_view message, uint64_t number) {
  std::vector<std::string_view> found;
  while (!message.empty()) {
    uint64_t key = take_varint(message), size = 0;
    switch (key % 8) {
      case 0:
        take_varint(message);
        break;
      case 1:
        size = 8;
        break;
      case 2:
        size = take_varint(message);
        break;
      case 5:
        size = 4;
        break;
      default:
        return found;  // nothing that a SentencePiece model holds
    }
    size = std::min<uint64_t>(size, message.size());
    if (key == number * 8 + 2) found.push_back(message.substr(0, size));
    message.remove_prefix(size);
  }
  return found;
}

// A map is the trie's size in bytes, the trie, and the replacements, each ended by a zero byte. The
// trie is an array of 32-bit units in blocks of 256. A unit with the top bit set is a value, the
// place of a replacement; another leads from its own index to (index ^ offset ^ byte), which for
// all bytes lies in one block.
bool is_safe(std::string_view map) {
  uint32_t trie_size;
  if (map.size() <= sizeof trie_size) return false;
  std::memcpy(&trie_size, map.data(), sizeof trie_size);
  map.remove_prefix(sizeof trie_size);
  if (trie_size == 0 || trie_size % 1024 != 0 || trie_size >= map.size()) return false;
  std::string_view replacements = map.substr(trie_size);
  size_t units = trie_size / 4;
  for (size_t index = 0; index < units; ++index) {
    uint32_t unit;
    std::memcpy(&unit, map.data() + 4 * index, 4);
    bool is_value = unit >> 31;
    size_t offset = static_cast<size_t>(unit >> 10) << (unit >> 9 & 1) * 8;
    if (is_value ? (unit & 0x7fffffff) >= replacements.size() : (index ^ offset) >= units)
      return false;
  }
  return replacements.back() == '\0';
}

}  // namespace

void check_charsmaps(std::string_view serialized, const std::string& name) {
  for (uint64_t normalizer : {3, 5}) {  // ModelProto's normalizer_spec and denormalizer_spec
    for (std::string_view spec : fields(serialized, normalizer)) {
      for (std::string_view map : fields(spec, 2))  // precompiled_charsmap
        check(map.empty() || is_safe(map),
              "{}: not a SentencePiece model: its character map is damaged", name);
    }
  }
}

}  // namespace t5
