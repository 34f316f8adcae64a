// The tokenizer of Chinese T5 models that were trained with BERT's vocabulary, such as those of
// CLUECorpus: vocab.txt, a piece a line, and tokenizer_config.json with the options of
// transformers' BertTokenizer.
//
// As BertTokenizer does, `encode` puts [CLS] before a text and [SEP] behind it, always; [SEP] is
// the eos at which decoding ends, while generation ends where config.json says. decode writes a
// blank between words, and so between Chinese characters. Sentinels are the pieces extra0, extra1 …
// or <extra_id_0> …; extra0 is found where it is a word, <extra_id_0> only when it is an added
// token. never_split, do_basic_tokenize and model_max_length mean nothing, as in transformers 5.
#pragma once

#include <memory>
#include <string>

#include "t5/text/tokenizer.h"

namespace t5 {

// Reads tokenizer.json, of which the vocabulary counts, or else vocab.txt; `options` are those of
// the directory's other files. [CLS], [SEP], [PAD] and [MASK], or what is named in their place, get
// the next free ids where the vocabulary lacks them; a vocabulary without [UNK] throws Error.
std::unique_ptr<Tokenizer> load_wordpiece_tokenizer(const std::string& directory,
                                                    const TokenizerOptions& options);

}  // namespace t5
