// UTF-8 validation, line reading and training examples.
#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "t5/text/examples.h"
#include "t5/text/lines.h"
#include "tests/t5/files/temporary_directory.h"

namespace t5 {
namespace {

using doctest::Contains;

// The UTF-8 form of a code point, by its definition.
std::string encoded(uint32_t point) {
  auto tail = [&](int shift) { return static_cast<char>(0x80 | (point >> shift & 0x3f)); };
  if (point < 0x80) return {static_cast<char>(point)};
  if (point < 0x800) return {static_cast<char>(0xc0 | point >> 6), tail(0)};
  if (point < 0x10000) return {static_cast<char>(0xe0 | point >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xf0 | point >> 18), tail(12), tail(6), tail(0)};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  LineReader reader(stream, "stdin");
  std::vector<std::string> lines;
  for (std::string line; reader.next(line);) lines.push_back(line);
  CHECK(reader.number() == static_cast<int64_t>(lines.size()));
  return lines;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_SUITE("07-tokens") {
  TEST_CASE("every code point but the surrogates is valid UTF-8, and no prefix of one is") {
    int wrong = 0;
    for (uint32_t point = 0; point <= 0x10ffff; ++point) {
      std::string text = encoded(point);
      bool surrogate = point >= 0xd800 && point <= 0xdfff;
      wrong += utf8_length(text, 0) != (surrogate ? 0 : text.size());
      for (size_t cut = 1; cut < text.size(); ++cut)
        wrong += utf8_length(std::string_view(text).substr(0, cut), 0) != 0;
    }
    CHECK(wrong == 0);
  }

  TEST_CASE("nothing else is valid: all pairs of bytes, with every kind of third and fourth") {
    int64_t valid = 0;  // of four bytes; shorter characters leave the rest free
    for (uint32_t pair = 0; pair < 0x10000; ++pair) {
      for (char third : {'\x7f', '\x80', '\xbf', '\xc0'}) {
        for (char fourth : {'\x7f', '\x80', '\xbf', '\xc0'}) {
          std::string text = {static_cast<char>(pair >> 8), static_cast<char>(pair), third, fourth};
          size_t length = utf8_length(text, 0);
          valid += length == 4;
        }
      }
    }
    // Second bytes: F0 90-BF, F1 to F3 80-BF, F4 80-8F; thirds and fourths: 80 and BF.
    CHECK(valid == (48 + 3 * 64 + 16) * 4);
    for (const char* bad : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80",
                            "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"})
      CHECK(utf8_length(bad, 0) == 0);
  }

  TEST_CASE("find_invalid_utf8 gives the index of the first bad byte") {
    CHECK(find_invalid_utf8("") == std::string::npos);
    CHECK(find_invalid_utf8("h\xc3\xa9 \xf0\x9f\x98\x8a") == std::string::npos);
    CHECK(find_invalid_utf8("h\xc3\xa9\xe9") == 3);
    CHECK(find_invalid_utf8("\xc3") == 0);
  }

  TEST_CASE("lines lose their ends, and the first its byte order mark") {
    CHECK(lines_of("a\nb") == Strings{"a", "b"});
    CHECK(lines_of("a\r\n\r\nb\r\n") == Strings{"a", "", "b"});
    CHECK(lines_of("\xef\xbb\xbf"
                   "a\n\xef\xbb\xbf") == Strings{"a", "\xef\xbb\xbf"});
    CHECK(lines_of("a\rb\n") == Strings{"a\rb"});
    CHECK(lines_of("a\r") == Strings{"a"});
    CHECK(lines_of("") == Strings{});
    CHECK(lines_of("\n") == Strings{""});
  }

  TEST_CASE("invalid UTF-8 names file, line and byte, and what to do") {
    TemporaryDirectory directory;
    std::string path = directory.file("train.tsv", "fine\nh\xe9\n");
    CHECK_THROWS_WITH_AS(
        read_lines(path),
        (path + ":2: not valid UTF-8 at byte 2; convert the file, e.g. with iconv -t UTF-8")
            .c_str(),
        Error);
    CHECK_THROWS_WITH_AS(lines_of("\xe9\xfe"
                                  "a"),
                         Contains("stdin:1: not valid UTF-8 at byte 1"), Error);
  }

  TEST_CASE("what is not text in UTF-8 is refused for what it is, with what helps") {
    const std::vector<std::pair<std::string, const char*>> files = {
        {{"\xff\xfe"
          "a\0\t\0b\0\n\0",
          10},
         ": is UTF-16; convert it with iconv"},
        {{"\xfe\xff\0a\0\t\0b\0\n", 10}, ": is UTF-16; convert it with iconv"},
        {{"\xff\xfe\0\0a\0\0\0\n\0\0\0", 12}, ": is UTF-32; convert it with iconv"},
        {{"\0\0\xfe\xff\0\0\0a\0\0\0\n", 12}, ": is UTF-32; convert it with iconv"},
        {{"a\0\n\0", 4}, ":1: a zero byte at byte 2, which text does not have; UTF-16"},
        {{"fine\nnot\0so\n", 12}, ":2: a zero byte at byte 4"},
        {"a\tb\rc\td\r", ": its lines end in a carriage return alone; convert them with tr"},
        {"a\rb", ": its lines end in a carriage return alone"},
        {"\x1f\x8b\x08 \n", ": its packed data is damaged: unknown header flags set; copy or"},
        {"\x28\xb5\x2f\xfd \n", ": ends in the middle of its packed data"},
        {"\xfd\x37zXZ\n", ": is compressed; unpack it with xz -d"},
        {"BZh91AY&SYx", ": is compressed; unpack it with bzip2 -d"},
        {"PK\x03\x04 \n", ": is a zip archive; unpack it with unzip"},
        {"%PDF-1.7\n", ": is a PDF; save its text instead"},
        {"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
         ": is a pointer of Git LFS, not the file itself; run git lfs pull"},
    };
    TemporaryDirectory directory;
    for (const auto& [content, says] : files) {
      std::string path = directory.file("a.txt", content);
      CHECK_THROWS_WITH_AS(read_lines(path), Contains((path + says).c_str()), Error);
    }
  }

  TEST_CASE("a missing file and a directory are refused") {
    TemporaryDirectory directory;
    CHECK_THROWS_WITH_AS(read_lines(directory / "no"), Contains("cannot open: No such file"),
                         Error);
    CHECK_THROWS_WITH_AS(read_lines(directory / "."), Contains("is a directory"), Error);
  }

  TEST_CASE("TSV examples: two fields, the input may be empty") {
    TemporaryDirectory directory;
    std::vector<Example> examples =
        read_examples(directory.file("train.tsv", "translate: a b\tc d\r\n\tonly a target"));
    REQUIRE(examples.size() == 2);
    CHECK(examples[0].input == "translate: a b");
    CHECK(examples[0].target == "c d");
    CHECK(examples[1].input == "");
    CHECK(examples[1].target == "only a target");
  }

  TEST_CASE("JSON lines examples: escapes are decoded, other keys ignored") {
    TemporaryDirectory directory;
    for (const char* name :
         {"a.jsonl", "a.json", "a.ndjson", "a.JSONL", "b.c.Ndjson", "a.jsonlines"}) {
      std::vector<Example> examples = read_examples(directory.file(
          name, "{\"inputs\": \"a\\tb\\n\", \"targets\": \"\\u00e9\", \"id\": [1]}\n"));
      REQUIRE(examples.size() == 1);
      CHECK(examples[0].input == "a\tb\n");
      CHECK(examples[0].target == "é");
    }
  }

  TEST_CASE("a file's extension tells its format, in letters of any case") {
    for (const char* name : {"a.tsv", "A.TSV", "x.y/a.tab"})
      CHECK(format_of(name) == TextFormat::kTsv);
    for (const char* name : {"a.txt", "tsv", "a.jsonl/text", "a.tsv.old", "", "a."})
      CHECK(format_of(name) == TextFormat::kPlain);
    CHECK(format_of("a.NdJson") == TextFormat::kJsonLines);
  }

  TEST_CASE("each defect of an example names its file and line") {
    TemporaryDirectory directory;
    const std::vector<Strings> defects = {
        {"a.tsv", "a\tb\nc\n", ":2: expected 2 tab-separated fields, found 1"},
        {"a.tsv", "a\tb\tc\n", ":1: expected 2 tab-separated fields, found 3"},
        {"a.tsv", "a\tb\n\nc\td\n", ":2: the line is empty; remove it"},
        {"a.tsv", "a\t\n", ":1: the target is empty; every example needs one"},
        {"a.tsv", "", ": the file is empty; expected one example a line"},
        {"a.tsv", "a\t\xff\n", ":1: not valid UTF-8 at byte 3; convert the file"},
        {"a.jsonl", "{\"inputs\": \"a\"}\n", ":1: targets: expected a string, found nothing"},
        {"a.jsonl", "{\"input\": 1}\n", ":1: inputs: expected a string, found nothing"},
        {"a.jsonl", "{\"inputs\": 3, \"targets\": \"b\"}",
         ":1: inputs: expected a string, found 3"},
        {"a.jsonl", "{\"inputs\": \"\", \"targets\": \"\"}", ":1: the target is empty"},
        {"a.tsv", "a\t \n", ":1: the target is empty; every example needs one"},
        {"a.tsv", "a\t\u200b\n", ":1: the target is empty"},
        {"a.tsv", "a\t\u3000\ufeff\u00ad\u2060\u200d\n", ":1: the target is empty"},
        {"a.jsonl", "{\"inputs\": \"a\", \"targets\": \"\\n\\u0000\\t\"}",
         ":1: the target is empty"},
        {"a.ndjson", "a\tb\n", ":1: not valid JSON"},
        {"a.jsonl", "[\n", ":1: not valid JSON"},
        {"a.jsonl", "[1]\n", ":1: expected a JSON object, found an array"},
        {"a.jsonl", "", ": the file is empty"},
    };
    for (const Strings& defect : defects) {
      CAPTURE(defect[1]);
      std::string path = directory.file(defect[0], defect[1]);
      CHECK_THROWS_WITH_AS(read_examples(path), Contains((path + defect[2]).c_str()), Error);
    }
    CHECK_THROWS_WITH_AS(read_examples(directory / "."), Contains("is a directory"), Error);
  }

  TEST_CASE("words are what stands between white space, of any kind and length") {
    CHECK(words_of(" the\tcat  sleeps.\n") == Strings{"the", "cat", "sleeps."});
    CHECK(words_of(" \n").empty());
  }
}

}  // namespace t5
