// The steps that a tokenizer.json names between a text and its pieces, and back: each step of the
// tokenizers library that is known here does what it does there.
//
// normaliser     text to text: NFC, NFD, NFKC, NFKD, Nmt, Lowercase, Strip, StripAccents, Replace,
//                Prepend, Precompiled (SentencePiece's character map)
// pre-tokeniser  text to words: WhitespaceSplit, Metaspace, Digits, Punctuation, Split
// decoder        pieces to text: Metaspace, Replace, Strip, Fuse, ByteFallback
// and Sequence, one step after the other. Any other is an Error that names it, as is a field that
// means something else than what is known.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "t5/files/json.h"

namespace t5 {

using Normalization = std::function<std::string(std::string)>;
Normalization read_normalizer(const JsonObject& json);
Normalization precompiled_step(const std::string& charsmap);  // of a map that is whole

// A part of a text on its way to becoming a word.
struct Fragment {
  std::string text;
  bool is_first = true;   // the whole text begins here
  bool is_spaced = true;  // the text begins here, or white space stood before
};
using Fragments = std::vector<Fragment>;
using Splitting = std::function<Fragments(const Fragment&)>;  // gives no empty fragment
Splitting read_pre_tokenizer(const JsonObject& json);
// T5's own: words between white space, each with ▁ before it; where no white space precedes,
// because an added token does, only in the `legacy` form.
Splitting t5_pre_tokenizer(bool legacy);

using Joining = std::function<void(std::vector<std::string>& pieces)>;  // the text is their sum
Joining read_decoder(const JsonObject& json);
Joining t5_decoder();  // Metaspace: ▁ is a space, but none at the beginning

// What a Replace or Split step looks for: a string, or a regular expression of the simplest kind,
// one character or \s, once or with + or {n,} behind it.
class TextPattern {
 public:
  explicit TextPattern(const JsonObject& step);  // reads its `pattern`
  // The length of the match that `text`, which is not empty, begins with; 0 when there is none.
  size_t match(std::string_view text) const;
  std::string replaced(std::string_view text, std::string_view content) const;

 private:
  std::string literal_;
  bool is_space_ = false;  // \s in place of the literal
  size_t least_ = 0;       // so many, or more; 0: exactly one
};

// The objects in an array of steps, called `json: key`.
std::vector<JsonObject> steps_of(const JsonObject& json, const std::string& key);
[[noreturn]] void refuse_step(const JsonObject& json, const std::string& what);

}  // namespace t5
