// Supervised training data: pairs of an input and a target text.
//
// Two formats: JSON lines, one object a line, {"inputs": "…", "targets": "…"}, other keys ignored;
// or TSV, input<TAB>target, in a file of any other name. An input may be empty (the target alone
// carries the text of a language model). A target may not, nor may it consist of what cannot be
// seen (blanks, U+200B): it would teach the model to stay silent, and is nearly always a mistake in
// the file.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace t5 {

// What a file's extension, in letters of any case, says of it: .jsonl, .ndjson, .jsonlines or
// .json; .tsv or .tab; anything else. A .gz or .zst behind it says nothing.
enum class TextFormat { kJsonLines, kTsv, kPlain };
TextFormat format_of(const std::string& path);

struct Example {
  std::string input, target;
};

// The example on a line of a file of that format. Throws Error, naming `place`, for an empty line,
// a wrong number of fields, a missing key and an empty target.
Example parse_example(const std::string& line, TextFormat format, const std::string& place);

// Throws for a file without any.
void check_has_examples(const std::string& path, int64_t examples);

// Calls `use` with every example of the file, in order, holding one line in memory at a time.
// Throws Error for a file without examples, for what parse_example() refuses, and for invalid
// UTF-8.
void for_each_example(const std::string& path, const std::function<void(Example)>& use);

// All examples of the file.
std::vector<Example> read_examples(const std::string& path);

}  // namespace t5
