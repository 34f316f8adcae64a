// ByT5's vocabulary: the 256 bytes of UTF-8 text, after three special tokens.
//
// Needs no file. Decoding drops bytes that do not form UTF-8, as transformers does.
#include <fmt/core.h>

#include <algorithm>

#include "t5/text/lines.h"
#include "t5/text/tokenizer.h"
#include "tensor/error.h"

namespace t5 {
namespace {

const std::vector<std::string> kSpecials = {"<pad>", "</s>", "<unk>"};
constexpr int32_t kOffset = 3, kBytes = 256;

bool is_sentinel(const AddedToken& token) { return token.text == sentinel_name(0); }

class ByteTokenizer : public Tokenizer {
 public:
  explicit ByteTokenizer(TokenizerOptions options) {
    for (const AddedToken& token : options.added)
      check(!token.single_word, "ByT5Tokenizer: single_word, of '{}', is not known with bytes",
            token.text);
    bool are_named = std::any_of(options.added.begin(), options.added.end(), is_sentinel);
    int64_t count = are_named ? 0 : options.extra_ids < 0 ? 125 : options.extra_ids;
    for (int64_t k = 0; k < count; ++k)
      sentinels_.push_back(static_cast<int32_t>(kOffset + kBytes + k));
    vocab_size_ = static_cast<int32_t>(kOffset + kBytes + count);
    // transformers' take the white space around them, unless a file has their flags.
    for (const std::string& text : kSpecials)
      options.added.push_back({.text = text, .special = true, .lstrip = true, .rstrip = true});
    auto id_of = [](const std::string& text) {
      auto found = std::find(kSpecials.begin(), kSpecials.end(), text);
      return found == kSpecials.end() ? -1 : static_cast<int32_t>(found - kSpecials.begin());
    };
    add_tokens(options, id_of, "ByT5Tokenizer");
  }

  std::vector<int32_t> published_sentinels() const override {
    std::vector<int32_t> ids;
    for (int32_t k = 0; k < std::min<int64_t>(sentinel_count(), kBytes); ++k)
      ids.push_back(kOffset + kBytes - 1 - k);
    return ids;
  }

 protected:
  void encode_plain(std::string_view text, bool, std::vector<int32_t>& ids) const override {
    for (char c : text) ids.push_back(static_cast<unsigned char>(c) + kOffset);
  }

  void decode_plain(std::span<const int32_t> ids, std::string& text) const override {
    // exercise 07-tokens/bytes — the characters of these bytes, without those that are not UTF-8
    std::string bytes;
    for (int32_t id : ids) bytes.push_back(static_cast<char>(id - kOffset));
    for (size_t at = 0; at < bytes.size();) {
      size_t length = utf8_length(bytes, at);
      text.append(bytes, at, length);
      at += length > 0 ? length : 1;
    }
    // end exercise
  }

  std::string plain_piece(int32_t id) const override {
    if (id < kOffset) return kSpecials[id];
    int32_t byte = id - kOffset;
    bool printable = byte > 0x20 && byte < 0x7f;
    return printable ? std::string(1, static_cast<char>(byte)) : fmt::format("<0x{:02X}>", byte);
  }
};

}  // namespace

std::unique_ptr<Tokenizer> make_byte_tokenizer(const TokenizerOptions& options) {
  return std::make_unique<ByteTokenizer>(options);
}

std::unique_ptr<Tokenizer> make_byte_tokenizer(int64_t extra_ids) {
  check(extra_ids >= 0 && extra_ids <= kMaxSentinels,
        "make_byte_tokenizer: extra_ids {} is not from 0 to {}", extra_ids, kMaxSentinels);
  return make_byte_tokenizer(TokenizerOptions{.extra_ids = extra_ids});
}

}  // namespace t5
