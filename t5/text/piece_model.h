// What a SentencePiece model file (spiece.model) holds: the pieces with their scores, and how text
// is normalised before it is cut into them.
//
// The file is a protocol buffer, read here without the library that wrote it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace t5 {

// The numbers are those of sentencepiece_model.proto.
enum class PieceType { kNormal = 1, kUnknown, kControl, kUserDefined, kUnused, kByte };

struct Piece {
  std::string text;
  double score = 0;  // the logarithm of its probability; a float in spiece.model
  PieceType type = PieceType::kNormal;
};

// Which byte the piece stands for, "<0x41>" for A; nothing for pieces that are not bytes.
std::optional<char> byte_of(const Piece& piece);

struct PieceModel {
  std::vector<Piece> pieces;  // by id
  bool is_unigram = true;
  bool byte_fallback = false;            // unknown characters become their bytes
  bool space_at_end = false;             // ▁ ends a word instead of beginning it
  std::string charsmap = {};             // see charsmap.h; empty: characters stay as they are
  bool add_dummy_prefix = true;          // ▁ before the text
  bool remove_extra_whitespaces = true;  // one ▁ for a run of white space, none at the ends
  bool escape_whitespaces = true;        // white space becomes ▁
};

// Throws Error, naming the file `name`, unless the model holds unigram pieces as T5 uses them: none
// empty, none twice, none above 1,000 bytes, a million at most, and a character map that is whole.
void check_piece_model(const PieceModel& model, const std::string& name);

// Throws Error for bytes that are no such model.
PieceModel read_piece_model(std::string_view serialized, const std::string& name);

}  // namespace t5
