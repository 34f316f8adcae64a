#include "tutorials/corpora/catalogues/catalogue.h"

#include <bit>
#include <cstdint>
#include <cstring>

#include "t5/text/lines.h"
#include "t5/text/unicode/unicode.h"
#include "tensor/error.h"

namespace t5::corpus {
namespace {

class Reader {
 public:
  Reader(const std::string& bytes, const std::string& name) : bytes_(bytes), name_(name) {
    constexpr uint32_t kMagic = 0x950412de, kOtherOrder = 0xde120495;
    uint32_t magic = bytes.size() < 28 ? 0 : number(0);
    check(magic == kMagic || magic == kOtherOrder, "{}: is no message catalogue (*.mo)", name);
    swapped_ = magic == kOtherOrder;
  }

  uint32_t number(size_t at) const {
    check(at + 4 <= bytes_.size(), "{}: is cut off at byte {}", name_, bytes_.size());
    uint32_t value;
    std::memcpy(&value, bytes_.data() + at, 4);
    if (!swapped_) return value;
    return value >> 24 | (value >> 8 & 0xff00) | (value << 8 & 0xff0000) | value << 24;
  }

  // Entry `index` of the table that begins at `table`.
  std::string text(size_t table, size_t index) const {
    size_t length = number(table + 8 * index), offset = number(table + 8 * index + 4);
    check(offset <= bytes_.size() && length <= bytes_.size() - offset,
          "{}: message {} lies outside of its {} bytes", name_, index, bytes_.size());
    return bytes_.substr(offset, length);
  }

 private:
  const std::string& bytes_;
  const std::string& name_;
  bool swapped_ = false;
};

// "UTF-8" of a header with "charset=UTF-8".
std::string encoding_of(const std::string& header) {
  size_t at = header.find("charset=");
  return at == header.npos ? "" : header.substr(at + 8, header.find_first_of(" \n;", at) - at - 8);
}

// ASCII is a part of it.
bool is_utf8(const std::string& encoding) {
  std::string name = lower_case(encoding);
  return name.empty() || name == "utf-8" || name == "utf8" || name == "us-ascii";
}

}  // namespace

Catalogue read_catalogue(const std::string& bytes, const std::string& name) {
  Reader reader(bytes, name);
  size_t count = reader.number(8), originals = reader.number(12), translations = reader.number(16);
  Catalogue catalogue;
  for (size_t i = 0; i < count; ++i) {
    std::string original = reader.text(originals, i), translation = reader.text(translations, i);
    if (original.empty()) {
      catalogue.encoding = encoding_of(translation);
      continue;
    }
    original = original.substr(original.find('\4') + 1);  // npos + 1 is 0
    original = original.substr(0, original.find('\0'));
    translation = translation.substr(0, translation.find('\0'));
    if (!translation.empty() && find_invalid_utf8(original + translation) == std::string::npos)
      catalogue.messages.push_back({original, translation});
  }
  if (!is_utf8(catalogue.encoding)) catalogue.messages.clear();
  return catalogue;
}

}  // namespace t5::corpus
