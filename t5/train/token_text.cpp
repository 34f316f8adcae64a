#include "t5/train/token_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <limits>
#include <numeric>
#include <utility>

#include "t5/files/hash.h"
#include "t5/files/json.h"
#include "t5/text/lines.h"
#include "tensor/error.h"

namespace t5 {
namespace {

// Behind the tokens.
struct Footer {
  char mark[8];  // "t5token1"
  int64_t width, size;
  uint64_t fingerprint;
};
constexpr std::string_view kMark = "t5token1";

int64_t width_for(const Tokenizer& tokenizer) {
  return tokenizer.vocab_size() <= std::numeric_limits<uint16_t>::max() + 1 ? 2 : 4;
}

Footer footer_of(const MappedFile& file) {
  Footer footer{};
  if (file.size() >= sizeof footer)
    std::memcpy(&footer, file.data() + file.size() - sizeof footer, sizeof footer);
  return footer;
}

bool is_whole(const MappedFile& file, int64_t width) {
  Footer footer = footer_of(file);
  auto tokens = static_cast<uint64_t>(file.size()) - sizeof footer;
  return std::equal(kMark.begin(), kMark.end(), footer.mark) && footer.width == width &&
         footer.size > 0 && tokens / static_cast<uint64_t>(width) == footer.size * 1ULL &&
         tokens % static_cast<uint64_t>(width) == 0;
}

// The ids as so many bytes each.
std::string packed(const std::vector<Ids>& documents, int64_t width) {
  std::string bytes;
  for (const Ids& document : documents)
    for (Id id : document) bytes.append(reinterpret_cast<const char*>(&id), width);
  return bytes;
}

// Reads the file through, some megabytes at a time, and writes its tokens.
void write_tokens(const std::string& path, const Tokenizer& tokenizer, AtomicFile& out) {
  constexpr size_t kTogether = size_t{4} << 20;  // bytes of text
  Footer footer{{}, width_for(tokenizer), 0, 0};
  kMark.copy(footer.mark, sizeof footer.mark);
  std::vector<std::string> lines;
  size_t bytes = 0;
  auto flush = [&] {
    std::string tokens = packed(tokenize_documents(lines, tokenizer), footer.width);
    out.write(tokens);
    footer.size += std::ssize(tokens) / footer.width;
    footer.fingerprint = hash_of(tokens, footer.fingerprint);
    lines.clear();
    bytes = 0;
  };
  LineReader reader(path);
  for (std::string line; reader.next(line);) {
    bytes += line.size();
    lines.push_back(std::move(line));
    if (bytes >= kTogether) flush();
  }
  flush();
  check_has_text(path, footer.size > 0);
  out.write(&footer, sizeof footer);
}

}  // namespace

TokenFile::TokenFile(const std::string& path, const Tokenizer& tokenizer, uint64_t tokenizer_hash,
                     const Cache& cache) {
  width_ = width_for(tokenizer);
  map_ = cache.get(
      path, fmt::format("{:016x}.tokens", tokenizer_hash), "tokens are written",
      [&](const MappedFile& file) { return is_whole(file, width_); },
      [&](AtomicFile& out) { write_tokens(path, tokenizer, out); });
  Footer footer = footer_of(*map_);
  size_ = footer.size;
  fingerprint_ = footer.fingerprint;
}

void TokenFile::append(int64_t begin, int64_t end, Ids& ids) const {
  const std::byte* at = map_->data() + begin * width_;
  for (int64_t i = begin; i < end; ++i, at += width_) {
    Id id = 0;  // little-endian, as safetensors files are
    std::memcpy(&id, at, width_);
    ids.push_back(id);
  }
}

TokenText::TokenText(std::vector<TokenFile> files) : files_(std::move(files)), begins_{0} {
  for (const TokenFile& file : files_) begins_.push_back(begins_.back() + file.size());
}

uint64_t TokenText::fingerprint() const {
  uint64_t result = 0;
  for (const TokenFile& file : files_)
    result = mix_bits(result ^ file.fingerprint()) + static_cast<uint64_t>(file.size());
  return result;
}

Ids TokenText::chunk(int64_t index, int64_t length) const {
  int64_t begin = index * length, end = std::min(begin + length, size());
  Ids ids;
  ids.reserve(length);
  for (size_t f = 0; f < files_.size(); ++f) {
    int64_t from = std::max(begin, begins_[f]), to = std::min(end, begins_[f + 1]);
    if (from < to) files_[f].append(from - begins_[f], to - begins_[f], ids);
  }
  return ids;
}

uint64_t tokenizer_hash(const std::string& directory) {
  uint64_t hash = 0;
  auto add = [&](const std::string& name) {
    std::string path = directory + "/" + name;
    bool exists = std::filesystem::exists(path);
    hash = hash_of(exists ? read_file(path, size_t{256} << 20) : "", hash);
  };
  for (const char* name : kTokenizerFiles) add(name);
  std::string config = directory + "/config.json";  // which may name the tokenizer's kind
  if (!std::filesystem::exists(config)) return hash;
  return hash_of(JsonObject::read(config).string("tokenizer_class", ""), hash);
}

}  // namespace t5
