// The English–French corpus of the demo: sentence pairs from a small grammar, split in four.
//
// English decides the French wholly, and no French sentence has two English ones. `test` and
// `valid` hold sentences that training never shows. `unseen` goes further: each of its sentences
// holds a combination (a noun with an adjective, a verb in a compound tense) that no other part
// shows, while every word form in it, on both sides, occurs in training.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace t5::corpus {

struct Pair {
  std::string english, french;
};

struct EnglishFrench {
  std::vector<Pair> train, valid, test, unseen;
  std::vector<std::string> held_out;  // the combinations of `unseen`: "cat+black", "eat+can"
};

struct EnglishFrenchOptions {
  uint64_t seed = 1;
  int64_t train = 40000, valid = 1000, test = 2000, unseen = 1000;
};

// The same options give the same corpus. "The cat sat on the mat." is in `test`.
// Throws when so few training sentences are asked for that they cannot show every word form.
EnglishFrench make_english_french(const EnglishFrenchOptions& options);

// The words of a sentence in lower case: apostrophes end a word (l' | ami), final . and ? are left
// out.
std::vector<std::string> words_of(const std::string& sentence);

// Writes train.tsv, valid.tsv, test.tsv and unseen.tsv, one pair a line:
// "translate English to French: <english>\t<french>". Makes the directory. Each file appears whole
// or not at all. Throws when it cannot be written.
void write_english_french(const EnglishFrench& corpus, const std::string& directory);

}  // namespace t5::corpus
