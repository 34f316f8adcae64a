// A walk through a protocol buffer, and what may be wrong with it; see piece_model.h. Field numbers
// are those of sentencepiece_model.proto.
#include "t5/text/piece_model.h"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <unordered_set>

#include "t5/text/charsmap.h"
#include "tensor/error.h"

namespace t5 {
namespace {

// Four times what mT5 has, and twice: the tables that are made of them take some fifty times as
// much.
constexpr size_t kMaxPieces = 1 << 20, kMaxBytes = 4 << 20;
constexpr size_t kLongest = 1000;  // bytes of a piece, which bounds the time that a text takes

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

struct Field {
  enum Type { kInteger = 0, kEightBytes = 1, kBytes = 2, kFourBytes = 5 };

  uint64_t number = 0, type = 0;
  uint64_t integer = 0;    // of kInteger
  std::string_view bytes;  // of the others
};

// Calls use(field) for each field of a message: its key, number · 8 + type, and a value whose
// length the type tells.
template <class Use>
void for_each_field(std::string_view message, const Use& use) {
  while (!message.empty()) {
    uint64_t key = take_varint(message), size = 0;
    Field field{key / 8, key % 8, 0, {}};
    if (field.type == Field::kInteger)
      field.integer = take_varint(message);
    else if (field.type == Field::kBytes)
      size = take_varint(message);
    else if (field.type == Field::kEightBytes || field.type == Field::kFourBytes)
      size = field.type == Field::kEightBytes ? 8 : 4;
    else
      fail("a field of an unknown type");
    check(size <= message.size(), "it ends in the middle");
    field.bytes = message.substr(0, size);
    message.remove_prefix(size);
    use(field);
  }
}

Piece read_piece(std::string_view message) {
  Piece piece;
  for_each_field(message, [&](const Field& field) {
    if (field.number == 1) piece.text = field.bytes;
    float score = 0;
    if (field.number == 2 && field.bytes.size() == sizeof score) {
      std::memcpy(&score, field.bytes.data(), sizeof score);
      piece.score = score;
    }
    if (field.number == 3) piece.type = static_cast<PieceType>(field.integer);
  });
  return piece;
}

void read_trainer(std::string_view message, PieceModel& model) {
  for_each_field(message, [&](const Field& field) {
    if (field.number == 3) model.is_unigram = field.integer == 1;
    if (field.number == 24) model.space_at_end = field.integer != 0;
    if (field.number == 35) model.byte_fallback = field.integer != 0;
  });
}

void read_normalizer(std::string_view message, PieceModel& model) {
  for_each_field(message, [&](const Field& field) {
    if (field.number == 2) model.charsmap = field.bytes;
    if (field.number == 3) model.add_dummy_prefix = field.integer != 0;
    if (field.number == 4) model.remove_extra_whitespaces = field.integer != 0;
    if (field.number == 5) model.escape_whitespaces = field.integer != 0;
  });
}

PieceModel read_fields(std::string_view serialized) {
  PieceModel model;
  for_each_field(serialized, [&](const Field& field) {
    if (field.number == 1 && model.pieces.size() <= kMaxPieces)  // one too many is refused later
      model.pieces.push_back(read_piece(field.bytes));
    if (field.number == 2) read_trainer(field.bytes, model);
    if (field.number == 3) read_normalizer(field.bytes, model);
  });
  return model;
}

void check_pieces(const std::vector<Piece>& pieces) {
  check(!pieces.empty(), "it has no pieces");
  size_t bytes = 0;
  for (const Piece& piece : pieces) bytes += piece.text.size();
  check(pieces.size() <= kMaxPieces && bytes <= kMaxBytes,
        "more than {} pieces, or {} bytes of them", kMaxPieces, kMaxBytes);
  std::unordered_set<std::string_view> seen;
  for (const Piece& piece : pieces) {
    check(!piece.text.empty(), "piece {} is empty", seen.size());
    check(piece.text.size() <= kLongest, "piece {} has {} bytes, above {}", seen.size(),
          piece.text.size(), kLongest);
    check(std::isfinite(piece.score), "the score of '{}' is not a number", piece.text);
    check(seen.insert(piece.text).second, "'{}' is there twice", piece.text);
  }
}

// Runs `use`, whose errors are then those of a model file called `name`.
template <class Use>
auto named(const std::string& name, const Use& use) {
  try {
    return use();
  } catch (const Error& error) {
    fail("{}: not a SentencePiece model: {}", name, error.what());
  }
}

}  // namespace

std::optional<char> byte_of(const Piece& piece) {
  unsigned byte = 0;
  if (piece.type != PieceType::kByte || std::sscanf(piece.text.c_str(), "<0x%2X>", &byte) != 1)
    return std::nullopt;
  return static_cast<char>(byte);
}

void check_piece_model(const PieceModel& model, const std::string& name) {
  named(name, [&] {
    check_pieces(model.pieces);
    check(model.is_unigram && !model.space_at_end && model.escape_whitespaces,
          "T5's are unigram pieces with ▁ before a word, these are not");
    check(CharacterMap::is_whole(model.charsmap), "its character map is damaged");
  });
}

PieceModel read_piece_model(std::string_view serialized, const std::string& name) {
  PieceModel model = named(name, [&] { return read_fields(serialized); });
  check_piece_model(model, name);
  return model;
}

}  // namespace t5
