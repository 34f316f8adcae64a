// Viterbi's algorithm over the pieces of a text; see unigram.h.
#include "t5/text/unigram.h"

#include <algorithm>
#include <cfloat>
#include <optional>
#include <string>
#include <utility>

#include "tensor/error.h"

namespace t5 {
namespace {

// An unknown character costs this much more than the rarest piece: it is the last resort.
constexpr double kUnknownPenalty = 10;
// What a piece that the user defined scores: nearly a certainty.
constexpr double kUserDefinedScore = -0.1;

// The length in bytes of the character at text[at], told by its first byte; no more than is there.
size_t character_length(std::string_view text, size_t at) {
  auto lead = static_cast<unsigned char>(text[at]);
  size_t length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return std::min(length, text.size() - at);
}

bool can_be_found(const Piece& piece) {
  return piece.type == PieceType::kNormal || piece.type == PieceType::kUserDefined;
}

Trie trie_of(const std::vector<Piece>& pieces) {
  std::vector<std::pair<std::string, int32_t>> strings;
  for (size_t id = 0; id < pieces.size(); ++id)
    if (can_be_found(pieces[id])) strings.emplace_back(pieces[id].text, static_cast<int32_t>(id));
  return Trie(std::move(strings));
}

}  // namespace

Unigram::Unigram(const PieceModel& model, int32_t unknown, bool exact)
    : trie_(trie_of(model.pieces)),
      scores_(model.pieces.size()),
      unknown_(unknown),
      byte_fallback_(model.byte_fallback),
      exact_(exact) {
  check(unknown >= 0 && unknown < std::ssize(model.pieces),
        "unigram: id {} for <unk>, of {} pieces", unknown, model.pieces.size());
  byte_ids_.fill(unknown);
  double lowest = FLT_MAX;
  for (size_t id = 0; id < model.pieces.size(); ++id) {
    const Piece& piece = model.pieces[id];
    scores_[id] = piece.type == PieceType::kUserDefined ? kUserDefinedScore : piece.score;
    longest_ = std::max(longest_, piece.text.size());
    if (piece.type == PieceType::kNormal) lowest = std::min<double>(lowest, piece.score);
    if (std::optional<char> byte = byte_of(piece))
      byte_ids_[static_cast<unsigned char>(*byte)] = static_cast<int32_t>(id);
  }
  scores_[unknown] = rounded(lowest - kUnknownPenalty);
}

std::vector<BestPath> Unigram::best_paths(std::string_view text, double score) const {
  std::vector<BestPath> best(text.size() + 1);
  best[0].score = score;
  // exercise 07-tokens/forward — the best path to each place, from the best paths to earlier ones
  for (size_t begin = 0, next; begin < text.size(); begin = next) {
    // The path to `begin`, one piece longer; kept when it is the best to `end` so far.
    // SentencePiece adds in double and keeps floats, rounded(): where two paths are equal but for
    // roundings, so must we.
    auto extend = [&](size_t end, int32_t id) {
      double score = best[begin].score + scores_[id];
      if (best[end].id < 0 || score > best[end].score) best[end] = {rounded(score), id, begin};
    };
    next = begin + character_length(text, begin);
    bool is_known = false;  // the one character at `begin`, as a piece
    trie_.for_each_prefix(text.substr(begin), [&](size_t length, int32_t id) {
      extend(begin + length, id);
      if (begin + length == next) is_known = true;
    });
    if (!is_known) extend(next, unknown_);
  }
  return best;
  // end exercise
}

std::vector<Part> Unigram::segment(std::string_view text, double& score) const {
  std::vector<BestPath> best = best_paths(text, score);
  score = best.back().score;
  // exercise 07-tokens/backtrace — from the end, each best path names its last piece
  std::vector<Part> parts;
  for (size_t end = text.size(); end > 0; end = best[end].begin) {
    size_t begin = best[end].begin;
    parts.push_back({best[end].id, text.substr(begin, end - begin)});
  }
  std::reverse(parts.begin(), parts.end());
  return parts;
  // end exercise
}

size_t Unigram::run_length(std::string_view text) const {
  constexpr size_t kLeast = 1 << 16;
  if (text.size() <= kLeast) return text.size();
  size_t reach = 0;  // where the pieces end that begin before `at`
  for (size_t at = kLeast - std::min(longest_, kLeast); at < text.size(); ++at) {
    bool begins_character = (text[at] & 0xc0) != 0x80;
    if (at >= kLeast && at >= reach && begins_character) return at;
    trie_.for_each_prefix(text.substr(at),
                          [&](size_t length, int32_t) { reach = std::max(reach, at + length); });
  }
  return text.size();
}

void Unigram::encode(std::string_view text, std::vector<int32_t>& ids) const {
  bool after_unknown = false;
  double score = 0;
  for (size_t length; !text.empty(); text.remove_prefix(length)) {
    length = run_length(text);
    for (const Part& part : segment(text.substr(0, length), score)) {
      bool is_unknown = part.id == unknown_;
      if (is_unknown && byte_fallback_)
        for (unsigned char byte : part.text) ids.push_back(byte_ids_[byte]);
      else if (!is_unknown || !after_unknown)
        ids.push_back(part.id);
      after_unknown = is_unknown;
    }
  }
}

}  // namespace t5
