// Text files line by line, verified to be UTF-8.
//
// A byte order mark at the start and a carriage return at the end of a line are dropped. What is no
// such text is refused: other encodings, zero bytes, lines that end in a carriage return alone.
// What gzip or zstd has packed is read as what it holds. Errors name the place: `train.tsv:17: not
// valid UTF-8 at byte 5; convert the file, e.g. with iconv -t UTF-8`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace t5 {

// The length in bytes, 1 to 4, of the UTF-8 character at text[at]; 0 when there is no valid one
// (RFC 3629: overlong forms, surrogates and values above U+10FFFF are invalid). at < text.size().
size_t utf8_length(std::string_view text, size_t at);

// The index of the first byte that is not part of valid UTF-8, or npos.
size_t find_invalid_utf8(std::string_view text);

// What a line of a text must be, line after line. Errors name `name` and the line's number.
class LineCheck {
 public:
  static constexpr size_t kMaxLine = size_t{256} << 20;  // bytes; longer ones throw

  explicit LineCheck(std::string name) : name_(std::move(name)) {}

  // The next line, as it stands before its '\n', without byte order mark and carriage return.
  // `is_last`: no '\n' follows. Throws Error for what is not text in UTF-8.
  std::string_view operator()(std::string_view line, bool is_last);

  int64_t number() const { return number_; }  // of the line last checked, from 1
  const std::string& name() const { return name_; }
  std::string place() const;  // "train.tsv:17"

 private:
  std::string name_;
  int64_t number_ = 0;
};

class LineReader {
 public:
  // Reads the file at `path`. Throws Error when it is missing, unreadable or a directory.
  explicit LineReader(const std::string& path);
  // Reads a stream that outlives the reader (standard input), called `name` in errors.
  LineReader(std::istream& in, std::string name);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  // Moves to the next line, without its line end; false at the end. Throws Error for what is not
  // text in UTF-8, a line longer than LineCheck::kMaxLine, and a failed read.
  bool next(std::string& line);

  int64_t number() const { return check_line_.number(); }  // of the line last read; 0: none yet
  const std::string& name() const { return check_line_.name(); }
  std::string place() const { return check_line_.place(); }

 private:
  enum class End { kNewline, kFile, kNoLine };
  End read_raw(std::string& line);

  std::unique_ptr<std::streambuf> file_;  // null: the stream is another's
  std::streambuf& in_;
  LineCheck check_line_;
};

// All lines of the file at `path`.
std::vector<std::string> read_lines(const std::string& path);

// What stands between white space.
std::vector<std::string> words_of(const std::string& text);
// What stands between tabs: one field more than there are tabs.
std::vector<std::string> split_tabs(const std::string& line);

}  // namespace t5
