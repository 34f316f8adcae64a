#include "t5/text/normalizer.h"

#include "t5/text/lines.h"
#include "tensor/error.h"

namespace t5 {
namespace {

Trie user_defined(const PieceModel& model) {
  std::vector<std::pair<std::string, int32_t>> strings;
  for (const Piece& piece : model.pieces)
    if (piece.type == PieceType::kUserDefined) strings.emplace_back(piece.text, 0);
  return Trie(strings);
}

}  // namespace

Normalizer::Normalizer(const PieceModel& model)
    : map_(model.charsmap),
      verbatim_(user_defined(model)),
      add_prefix_(model.add_dummy_prefix),
      join_spaces_(model.remove_extra_whitespaces) {}

Normalizer::Step Normalizer::first_step(std::string_view text) const {
  size_t verbatim = 0;
  verbatim_.for_each_prefix(text, [&](size_t length, int32_t) { verbatim = length; });
  if (verbatim > 0) return {verbatim, text.substr(0, verbatim)};
  CharacterMap::Match match = map_.longest_match(text);
  if (match.length > 0) return {match.length, match.replacement};
  size_t length = utf8_length(text, 0);
  if (length == 0) return {1, "\uFFFD"};
  return {length, text.substr(0, length)};
}

std::string Normalizer::operator()(std::string_view text, bool prefix) const {
  // exercise 07-tokens/spaces — white space becomes ▁: one for a run, none at the ends
  std::string out;
  bool skip = join_spaces_;  // the next space: nothing stands before it, or a space does
  while (!text.empty()) {
    Step step = first_step(text);
    text.remove_prefix(step.length);
    for (char c : step.replacement) {
      if (c != ' ')
        out += c;
      else if (!skip)
        out += kSpaceMark;
      skip = join_spaces_ && c == ' ';
    }
  }
  if (join_spaces_)
    while (out.ends_with(kSpaceMark)) out.resize(out.size() - kSpaceMark.size());
  if (prefix && add_prefix_ && !out.empty()) out.insert(0, kSpaceMark);
  return out;
  // end exercise
}

}  // namespace t5
