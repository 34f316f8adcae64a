// tokenizer.json, the only vocabulary in a directory that transformers 5 saved: its pieces, scores
// and character map are those of a SentencePiece model, so that one tokenizer serves both.
#pragma once

#include <cstdint>
#include <string>

#include "t5/text/piece_model.h"

namespace t5 {

struct JsonVocabulary {
  PieceModel model;
  int64_t extra_ids = 0;  // sentinels that follow the pieces, <extra_id_0> last
};

// Throws Error for anything but a Unigram vocabulary of T5's kind: <pad>, </s> and <unk> among the
// pieces, sentinels in falling order after them or among them, no normaliser but SentencePiece's.
JsonVocabulary read_tokenizer_json(const std::string& path);

}  // namespace t5
