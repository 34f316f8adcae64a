#include "t5/text/token_table.h"

#include "tensor/error.h"

namespace t5 {
namespace {

constexpr size_t kLongest = 1000;      // bytes of a token, which bounds the time that a text takes
constexpr size_t kMaxBytes = 4 << 20;  // as many as pieces may have: they are kept in a trie

}  // namespace

TokenTable::TokenTable(std::function<int32_t(const std::string&)> piece_id,
                       std::function<std::string(int32_t)> piece, int32_t size, std::string name)
    : piece_id_(std::move(piece_id)),
      piece_(std::move(piece)),
      size_(size),
      name_(std::move(name)) {}

int32_t TokenTable::known_id(const std::string& text) const {
  auto found = reserved_.find(text);
  return found == reserved_.end() ? piece_id_(text) : found->second;
}

std::string TokenTable::text_of(int32_t id) const {
  if (auto found = texts_.find(id); found != texts_.end()) return found->second;
  for (const auto& [text, reserved] : reserved_)
    if (reserved == id) return text;
  return piece_(id);
}

void TokenTable::check_id(const AddedToken& token, int32_t known) const {
  check(known < 0 || known == token.id, "{}: the added token '{}' has id {}, as a piece it has {}",
        name_, token.text, token.id, known);
  if (known >= 0 || token.id == size_) return;
  check(token.id > size_, "{}: the added token '{}' has id {}, which is that of '{}'", name_,
        token.text, token.id, text_of(token.id));
  fail(
      "{}: the added token '{}' has id {}, but {} is the next free one; give every id between a "
      "token",
      name_, token.text, token.id, size_);
}

void TokenTable::add(AddedToken token) {
  if (auto found = places_.find(token.text); found != places_.end()) {
    AddedToken& known = tokens_[found->second];
    check(token.id < 0 || token.id == known.id, "{}: the added token '{}' has two ids, {} and {}",
          name_, token.text, known.id, token.id);
    known.special = known.special || token.special;
    return;
  }
  check(!token.text.empty(), "{}: an added token is empty", name_);
  check(token.text.size() <= kLongest, "{}: an added token has {} bytes, above {}", name_,
        token.text.size(), kLongest);
  check((bytes_ += token.text.size()) <= kMaxBytes, "{}: more than {} bytes of added tokens", name_,
        kMaxBytes);
  int32_t known = known_id(token.text);
  if (token.id >= 0) check_id(token, known);
  token.id = known >= 0 ? known : size_;
  if (known < 0) texts_[size_++] = token.text;
  places_[token.text] = tokens_.size();
  tokens_.push_back(std::move(token));
}

int32_t TokenTable::require(const std::string& text, const char* setting) {
  check(places_.contains(text) || known_id(text) >= 0,
        "{}: its vocabulary has no '{}'; tokenizer_config.json can name another as {}", name_, text,
        setting);
  add({.text = text, .special = true});
  return id(text);
}

int32_t TokenTable::id(const std::string& text) const {
  auto found = places_.find(text);
  return found == places_.end() ? -1 : tokens_[found->second].id;
}

}  // namespace t5
