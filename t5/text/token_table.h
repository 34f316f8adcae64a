// The added tokens of a tokenizer while it is made: which ids they get, and whether the ids that
// files give them fit the vocabulary.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "t5/text/added_tokens.h"

namespace t5 {

class TokenTable {
 public:
  // For a vocabulary, called `name` in errors, of `size` ids: piece_id(text) is the id of a piece,
  // -1 for none; piece(id) its text.
  TokenTable(std::function<int32_t(const std::string&)> piece_id,
             std::function<std::string(int32_t)> piece, int32_t size, std::string name);

  // Says that `text` has an id below `size`, though it is no piece.
  void reserve(const std::string& text, int32_t id) { reserved_[text] = id; }
  // A token without an id gets that of the equal piece, or the next free one. Of one that is there
  // already only `special` is taken over. Throws Error for an id that does not fit.
  void add(AddedToken token);
  // Makes `text` a special token and returns its id. Throws Error, with the name of the setting,
  // when it is neither a token nor a piece.
  int32_t require(const std::string& text, const char* setting);

  int32_t id(const std::string& text) const;  // of an added token; -1 for none
  int32_t size() const { return size_; }      // ids, with those of added tokens
  std::vector<AddedToken> take() { return std::move(tokens_); }

 private:
  int32_t known_id(const std::string& text) const;
  std::string text_of(int32_t id) const;
  void check_id(const AddedToken& token, int32_t known) const;

  std::function<int32_t(const std::string&)> piece_id_;
  std::function<std::string(int32_t)> piece_;
  int32_t size_;
  std::string name_;
  std::unordered_map<std::string, int32_t> reserved_;
  std::unordered_map<std::string, size_t> places_;  // in tokens_
  std::unordered_map<int32_t, std::string> texts_;  // of the tokens that follow the vocabulary
  std::vector<AddedToken> tokens_;
  size_t bytes_ = 0;  // of all texts
};

}  // namespace t5
