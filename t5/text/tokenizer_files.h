// What the JSON files of a directory say of its tokenizer beside the vocabulary: its kind, the
// names of pad and eos, added tokens, the number of sentinels.
//
// transformers has written them in many forms since its version 3. Where files disagree, its
// version 5 decides, and so do we:
//
// vocabulary     tokenizer.json before spiece.model; tokenizer_config.json's tokenizer_class, or
// else
//                config.json's, tells whether it is bytes (ByT5Tokenizer), which needs neither
// added tokens   added_tokens_decoder in tokenizer_config.json: then no other file is asked for
//                added tokens. Otherwise those of tokenizer.json, before added_tokens.json
// pad_token …    special_tokens_map.json, unless there is an added_tokens_decoder, before
//                tokenizer_config.json; without either, <pad> and </s>
// more tokens    extra_special_tokens or, its older name, additional_special_tokens, of
//                tokenizer_config.json; if that has none, of special_tokens_map.json
// flags          of the added token; a name alone is special, and found in the raw text
// ids            a token without an id has that of the equal piece, or follows all others. An id
// that
//                contradicts the vocabulary, or leaves a gap, is an Error: transformers would
//                silently give another
// sentinels      extra_ids, unless tokens or pieces have their names: what is named is there
// legacy         see TokenizerOptions; a pre_tokenizer in tokenizer.json says it itself
//
// One difference: a text that ends in </s> does not get another, as before version 5.
#pragma once

#include <string>
#include <vector>

#include "t5/files/json.h"
#include "t5/text/tokenizer.h"

namespace t5 {

struct TokenizerSettings {
  std::string kind;          // tokenizer_class, without "Fast" at its end; empty when no file tells
  TokenizerOptions options;  // the given ones, completed
};

// Reads the files that are there. Throws Error for what is not of their form.
TokenizerSettings read_tokenizer_settings(const std::string& directory,
                                          const TokenizerOptions& options);

// The array `added_tokens` of a tokenizer.json.
std::vector<AddedToken> read_added_tokens(const JsonObject& tokenizer_json);

}  // namespace t5
