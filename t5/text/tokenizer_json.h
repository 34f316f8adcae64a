// tokenizer.json, the only vocabulary in a directory that transformers 5 saved: its pieces, scores
// and character map are those of a SentencePiece model, which is put together again from them, so
// that one tokenizer serves both. Needs the JSON reader.
#pragma once

#include <cstdint>
#include <string>

namespace t5 {

struct RebuiltModel {
  std::string serialized;  // as in spiece.model
  int64_t extra_ids = 0;   // sentinels that follow the pieces, <extra_id_0> last
};

// Throws Error for anything but a Unigram vocabulary of T5's kind: <pad>, </s> and <unk> among the
// pieces, sentinels in falling order after them or among them, no normaliser but SentencePiece's.
RebuiltModel read_tokenizer_json(const std::string& path);

}  // namespace t5
