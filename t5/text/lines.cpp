// UTF-8 validation and line reading; see lines.h.
#include "t5/text/lines.h"

#include <fmt/core.h>

#include <iterator>
#include <sstream>
#include <utility>

#include "t5/files/file_kind.h"
#include "t5/files/unpacking.h"
#include "tensor/error.h"

namespace t5 {

size_t utf8_length(std::string_view text, size_t at) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned lead = byte(at);
  if (lead < 0x80) return 1;
  size_t length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length == 0 || length > text.size() - at) return 0;
  for (size_t i = 1; i < length; ++i)
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
  unsigned second = byte(at + 1);
  if (lead == 0xe0 && second < 0xa0) return 0;   // overlong: below U+0800
  if (lead == 0xed && second >= 0xa0) return 0;  // surrogates, U+D800 to U+DFFF
  if (lead == 0xf0 && second < 0x90) return 0;   // overlong: below U+10000
  if (lead == 0xf4 && second >= 0x90) return 0;  // above U+10FFFF
  return length;
}

size_t find_invalid_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    size_t length = utf8_length(text, at);
    if (length == 0) return at;
    at += length;
  }
  return std::string_view::npos;
}

namespace {

// How files begin that are not text in UTF-8, beside those of file_kind.h, and what to do with
// them.
constexpr struct {
  std::string_view bytes;
  const char* remedy;
} kBeginnings[] = {
    {{"\xff\xfe\0\0", 4}, "is UTF-32; convert it with iconv -f UTF-32 -t UTF-8"},
    {{"\0\0\xfe\xff", 4}, "is UTF-32; convert it with iconv -f UTF-32 -t UTF-8"},
    {"\xff\xfe", "is UTF-16; convert it with iconv -f UTF-16 -t UTF-8"},
    {"\xfe\xff", "is UTF-16; convert it with iconv -f UTF-16 -t UTF-8"},
    {"PK\x03\x04", "is a zip archive; unpack it with unzip"},
    {"%PDF-1.", "is a PDF; save its text instead"},
};

}  // namespace

std::string_view LineCheck::operator()(std::string_view line, bool is_last) {
  bool is_first = ++number_ == 1;
  check(line.size() <= kMaxLine, "{}: line longer than {} bytes; is it a text file?", place(),
        kMaxLine);
  check(!is_first || !is_last || line.find('\r') >= line.size() - 1,
        "{}: its lines end in a carriage return alone; convert them with tr '\\r' '\\n'", name_);
  if (is_first) {
    for (const auto& [bytes, remedy] : kBeginnings)
      check(!line.starts_with(bytes), "{}: {}", name_, remedy);
    if (line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
  }
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (is_first && !line.starts_with('<')) check_kind(name_, line);  // pages may be data
  size_t bad = find_invalid_utf8(line);
  check(bad == std::string::npos,
        "{}: not valid UTF-8 at byte {}; convert the file, e.g. with iconv -t UTF-8", place(),
        bad + 1);
  size_t zero = line.find('\0');
  check(zero == std::string::npos,
        "{}: a zero byte at byte {}, which text does not have; UTF-16 is converted with iconv -f "
        "UTF-16LE -t UTF-8",
        place(), zero + 1);
  return line;
}

std::string LineCheck::place() const { return fmt::format("{}:{}", name_, number_); }

LineReader::LineReader(const std::string& path)
    : file_(std::make_unique<UnpackingBuffer>(path)), in_(*file_), check_line_(path) {}

LineReader::LineReader(std::istream& in, std::string name)
    : in_(*in.rdbuf()), check_line_(std::move(name)) {}

LineReader::~LineReader() = default;

bool LineReader::next(std::string& line) {
  End end = read_raw(line);
  if (end == End::kNoLine) return false;
  std::string_view kept = check_line_(line, end == End::kFile);
  line.resize(static_cast<size_t>(kept.data() - line.data()) + kept.size());
  line.erase(0, line.size() - kept.size());
  return true;
}

// Reads up to and without '\n'. Character by character, because std::getline has no bound: a file
// of a terabyte without a newline must not fill the memory.
LineReader::End LineReader::read_raw(std::string& line) {
  constexpr int kEnd = std::char_traits<char>::eof();
  line.clear();
  try {
    int c = in_.sbumpc();
    if (c == kEnd) return End::kNoLine;
    for (; c != kEnd && c != '\n' && line.size() <= LineCheck::kMaxLine; c = in_.sbumpc())
      line.push_back(static_cast<char>(c));
    return c == kEnd ? End::kFile : End::kNewline;
  } catch (const std::ios_base::failure& error) {
    fail("{}:{}: cannot read: {}", name(), number() + 1, error.what());
  }
}

std::vector<std::string> read_lines(const std::string& path) {
  LineReader reader(path);
  std::vector<std::string> lines;
  for (std::string line; reader.next(line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

std::vector<std::string> split_tabs(const std::string& line) {
  std::vector<std::string> fields(1);
  for (char c : line)
    if (c == '\t')
      fields.emplace_back();
    else
      fields.back() += c;
  return fields;
}

}  // namespace t5
