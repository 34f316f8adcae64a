// Translated sentences from the machine that this runs on: the messages of its programs.
//
// Programs keep them in catalogues, /usr/share/locale/LANGUAGE/LC_MESSAGES/*.mo. They are short,
// and real: idioms, abbreviations, names of options. They belong to their authors; what is made of
// them here stays on this machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "t5/files/directory_update.h"
#include "t5/text/examples.h"
#include "tutorials/corpora/catalogues/catalogue.h"

namespace t5::corpus {

struct CatalogueOptions {
  std::string language;  // as its folder is called: fr, pt_BR
  std::string folder = "/usr/share/locale";
  int64_t held = 1000;  // pairs to choose the best weights by, and as many to test with
  uint64_t seed = 1;
};

struct Catalogues {
  std::vector<Example> train, valid, test;  // "translate English to French: …"
  int64_t files = 0, messages = 0;          // read
};

// A message as a pair to learn from; both sides empty when it is none: longer than 200 characters,
// of several lines, without a word, the same in both languages, with markup, or with other
// placeholders on one side. Marks of keyboard short cuts ("_Open") are taken out.
Message cleaned(Message message);

// Equal for messages that differ in case, digits and punctuation only: these are one sentence, and
// stay in one part.
std::string key_of(const std::string& original);

// Throws Error, with what brings them, when there are too few.
Catalogues read_catalogues(const CatalogueOptions& options);

// train.tsv, valid.tsv and test.tsv.
void write_catalogues(const Catalogues& corpus, const std::string& directory, Existing existing);

}  // namespace t5::corpus
