// Text files line by line, verified to be UTF-8.
//
// A byte order mark at the start and a carriage return at the end of a line are dropped. What is no
// such text is refused: other encodings, zero bytes, lines that end in a carriage return alone,
// compressed files. Errors name the place: `train.tsv:17: not valid UTF-8 at byte 5; convert the
// file, e.g. with iconv -t UTF-8`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

namespace t5 {

// The length in bytes, 1 to 4, of the UTF-8 character at text[at]; 0 when there is no valid one
// (RFC 3629: overlong forms, surrogates and values above U+10FFFF are invalid). at < text.size().
size_t utf8_length(std::string_view text, size_t at);

// The index of the first byte that is not part of valid UTF-8, or npos.
size_t find_invalid_utf8(std::string_view text);

class LineReader {
 public:
  static constexpr size_t kMaxLine = size_t{256} << 20;  // bytes; longer ones throw

  // Reads the file at `path`. Throws Error when it is missing, unreadable or a directory.
  explicit LineReader(const std::string& path);
  // Reads a stream that outlives the reader (standard input), called `name` in errors.
  LineReader(std::istream& in, std::string name);
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  // Moves to the next line, without its line end; false at the end. Throws Error for what is not
  // text in UTF-8, a line longer than kMaxLine, and a failed read.
  bool next(std::string& line);

  int64_t number() const { return number_; }  // of the line last read, from 1; 0 before the first
  const std::string& name() const { return name_; }
  std::string place() const;  // "train.tsv:17"

 private:
  bool read_raw(std::string& line);

  std::ifstream file_;
  std::istream& in_;
  std::string name_;
  int64_t number_ = 0;
};

// All lines of the file at `path`.
std::vector<std::string> read_lines(const std::string& path);

// What stands between white space.
std::vector<std::string> words_of(const std::string& text);

}  // namespace t5
