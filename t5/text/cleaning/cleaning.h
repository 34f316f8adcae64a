// Cleaning texts, step by step: each step has a name, may change a text, and may drop it, and what
// each did is counted.
//
// A text is a line: a document, or the fields of a row. A step looks at each field, and a row is
// dropped with any of them. Several rules are those by which C4 was made (Raffel et al. 2020,
// section 2.2), for whom a page is a document: terminal-punctuation, words, javascript of its
// lines, sentences, lorem-ipsum, curly-bracket, bad-words of its pages.
//
// Memory is bounded, but for `repeats`: it keeps 64 bits of each text, and so takes one for the
// repetition of another once in 2^64 pairs. Threads: one uses a Cleaner.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace t5 {

struct CleaningOptions {
  int64_t min_characters = 1, max_characters = 100'000;
  int64_t min_words = 5, min_sentences = 3;      // as C4
  std::vector<std::string> scripts = {"latin"};  // see script_names()
  double min_script_share = 0.9;                 // of the letters
  std::string bad_words = "";                    // a file, one word or phrase a line
};

using Fields = std::vector<std::string>;

struct CleaningStep {
  const char *name, *help;
  // A function that changes the fields and says whether to keep them. It may hold what it has seen.
  std::function<bool(Fields&)> (*make)(const CleaningOptions& options);
};

// In the order of the program's --help, in which they make sense.
const std::vector<CleaningStep>& cleaning_steps();
// Of the steps' `scripts`: latin, greek, ….
std::vector<std::string> script_names();

class Cleaner {
 public:
  // The steps of these names, in this order. An unknown one throws Error, with the list.
  Cleaner(const std::vector<std::string>& steps, const CleaningOptions& options);

  // Takes the fields through the steps, up to the one that drops them: then false. A text whose
  // last field is empty, at first or after a step, is dropped too.
  bool clean(Fields& fields);

  struct Count {
    std::string step;
    int64_t changed = 0, dropped = 0;
  };
  // Of each step; before them, as "empty", of texts that were so from the start.
  const std::vector<Count>& counts() const { return counts_; }
  int64_t read() const { return read_; }
  int64_t kept() const { return kept_; }

 private:
  std::vector<std::function<bool(Fields&)>> steps_;
  std::vector<Count> counts_;
  int64_t read_ = 0, kept_ = 0;
};

}  // namespace t5
