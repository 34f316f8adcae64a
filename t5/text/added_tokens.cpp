// The search for added tokens in a text; see added_tokens.h.
#include "t5/text/added_tokens.h"

#include <algorithm>

#include "t5/text/unicode/unicode.h"

namespace t5 {

AddedTokens::Finder AddedTokens::finder(
    const std::vector<std::pair<std::string, int32_t>>& strings) {
  Finder finder{Trie(strings), {}};
  for (const auto& [text, place] : strings) finder.first_bytes.set(static_cast<uint8_t>(text[0]));
  return finder;
}

AddedTokens::AddedTokens(std::vector<AddedToken> tokens, const Normalize& normalize)
    : tokens_(std::move(tokens)) {
  std::vector<std::pair<std::string, int32_t>> raw, normalized;
  for (size_t i = 0; i < tokens_.size(); ++i) {
    const AddedToken& token = tokens_[i];
    by_id_[token.id] = i;
    std::string text = token.normalized ? normalize(token.text) : token.text;
    if (!text.empty())
      (token.normalized ? normalized : raw).emplace_back(text, static_cast<int32_t>(i));
  }
  raw_ = finder(raw);
  normalized_ = finder(normalized);
}

const AddedToken* AddedTokens::find(int32_t id) const {
  auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &tokens_[found->second];
}

AddedTokens::Match AddedTokens::match_at(const Finder& finder, std::string_view text,
                                         size_t at) const {
  Match match;
  finder.trie.for_each_prefix(text.substr(at), [&](size_t length, int32_t place) {
    match = {length, &tokens_[place]};
  });
  return match;
}

std::vector<AddedTokens::Part> AddedTokens::split(std::string_view text, bool normalized) const {
  const Finder& finder = normalized ? normalized_ : raw_;
  if (finder.first_bytes.none())
    return text.empty() ? std::vector<Part>{} : std::vector{Part{text, nullptr}};
  std::vector<Part> parts;
  size_t begin = 0;  // of the text that no part has yet
  auto end_plain = [&](size_t end) {
    if (end > begin) parts.push_back({text.substr(begin, end - begin), nullptr});
  };
  for (size_t at = 0; at < text.size();) {
    Match match;
    if (finder.first_bytes[static_cast<uint8_t>(text[at])]) match = match_at(finder, text, at);
    if (match.length == 0) {
      ++at;
      continue;
    }
    std::string_view before = text.substr(0, at), after = text.substr(at + match.length);
    at += match.length;
    if (match.token->single_word && (ends_with_word(before) || begins_with_word(after))) continue;
    size_t left = match.token->lstrip ? space_length_at_end(before) : 0;
    end_plain(std::max(begin, before.size() - left));
    parts.push_back({text.substr(before.size(), match.length), match.token});
    if (match.token->rstrip) at += space_length(after);
    begin = at;
  }
  end_plain(text.size());
  return parts;
}

}  // namespace t5
