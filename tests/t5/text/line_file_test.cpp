// Lines by number, packed files, and what is kept of them.
#include "t5/text/line_file.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <filesystem>

#include "t5/text/examples.h"
#include "t5/text/lines.h"
#include "tensor/parallel.h"
#include "tests/support.h"
#include "tests/t5/files/packed.h"
#include "tests/t5/files/temporary_directory.h"

using namespace t5;
using namespace t5::testing;
using doctest::Contains;

namespace {

using Strings = std::vector<std::string>;

Strings lines_of(const LineFile& file) {
  Strings lines;
  for (int64_t i = 0; i < file.size(); ++i) lines.emplace_back(file.line(i));
  return lines;
}

// Larger than any block that is read at once.
std::string long_text() {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += fmt::format("line {} é {}\n", i, i * 7919 % 1000);
  return text;
}

// A seeded text of few kinds of bytes, line ends of all kinds among them.
std::string wild_text(uint64_t seed) {
  const Strings parts = {"a", "\n", "\r\n", "é", "\r", "\xef\xbb\xbf", "\t", "\n\n"};
  Random random(seed);
  std::string text;
  for (int64_t i = random.below(12); i > 0; --i) text += parts[random.below(std::ssize(parts))];
  return text;
}

}  // namespace

TEST_SUITE("files") {
  TEST_CASE("a line file has the lines, and makes the complaints, of a line reader") {
    TemporaryDirectory directory;
    for (uint64_t seed = 0; seed < 2000; ++seed) {
      std::string path = directory.file("a.txt", wild_text(seed));
      Strings read;
      std::string refused = error_of([&] { read = read_lines(path); });
      INFO("seed ", seed);
      if (refused == "no error")
        REQUIRE(lines_of(LineFile(path)) == read);
      else
        REQUIRE(error_of([&] { LineFile file(path); }) == refused);
    }
    for (const char* bad : {"fine\nh\xe9\n", "\xff\xfe", "%PDF-1.7\n", "BZh91AY&SYx"}) {
      std::string path = directory.file("a.txt", bad);
      CHECK(error_of([&] { LineFile file(path); }) == error_of([&] { read_lines(path); }));
    }
    CHECK(error_of([&] { LineFile file(directory / "no"); }).find("No such file") !=
          std::string::npos);
    CHECK(error_of([&] { LineFile file(directory / "."); }).find("is a directory") !=
          std::string::npos);
    LineFile file(directory.file("b.txt", "a\nb"));
    CHECK(file.place(1) == directory / "b.txt:2");
    CHECK_THROWS_AS(file.line(2), ContractError);
  }

  TEST_CASE("packed files are read as what they hold, in one part or several") {
    TemporaryDirectory directory;
    std::string text = long_text();
    std::string plain = directory.file("a.txt", text);
    Strings lines = read_lines(plain);
    size_t cut = text.find('\n', text.size() / 3) + 1;
    for (const auto& [name, packed] :
         {std::pair("a.gz", gzip(text)),
          {"a.zst", zstd(text)},
          {"unnamed", gzip(text)},
          {"two.gz", gzip(text.substr(0, cut)) + gzip(text.substr(cut))},
          {"two.zst", zstd(text.substr(0, cut)) + zstd(text.substr(cut))}}) {
      INFO(name);
      std::string path = directory.file(name, packed);
      CHECK((read_lines(path) == lines));
      LineFile file(path);
      CHECK((lines_of(file) == lines));
    }
    std::string whole = text.substr(0, 1000 + (size_t{1} << 18));  // what is last fills a buffer
    CHECK((read_lines(directory.file("odd.zst", zstd_in_blocks(whole, 1000))) ==
           read_lines(directory.file("odd.txt", whole))));
    CHECK(read_lines(directory.file("empty.gz", gzip(""))).empty());
    std::string pairs =
        directory.file("a.jsonl.gz", gzip("{\"inputs\": \"a\", \"targets\": \"b\"}"));
    CHECK(read_examples(pairs)[0].target == "b");
  }

  TEST_CASE("a packed file that is cut or damaged is refused at every place, in one line") {
    TemporaryDirectory directory;
    std::string text = long_text().substr(0, 3000);
    for (const std::string& packed : {gzip(text), zstd(text)}) {
      for (size_t size = 4; size < packed.size(); size += 7) {
        std::string path = directory.file("cut.gz", packed.substr(0, size));
        CHECK_THROWS_WITH(read_lines(path), Contains("ends in the middle of its packed data"));
        CHECK_THROWS_WITH(LineFile{path}, Contains("ends in the middle of its packed data"));
      }
      std::string path = directory.file("after.gz", packed + "more");
      CHECK_THROWS_WITH(read_lines(path), Contains("damaged"));
    }
    std::string damaged = gzip(text);
    for (size_t at = 20; at < damaged.size(); at += 11) {
      std::string other = damaged;
      other[at] = static_cast<char>(other[at] ^ 0x10);
      CHECK_THROWS_WITH(read_lines(directory.file("bad.gz", other)), Contains("bad.gz: "));
    }
  }

  TEST_CASE("what is kept is used again, made anew for another file, and when it is damaged") {
    TemporaryDirectory directory;
    Cache cache(directory / "cache");
    auto kept = [&] {
      Strings names;
      for (const auto& entry : std::filesystem::directory_iterator(directory / "cache"))
        names.push_back(entry.path());
      return names;
    };
    std::string path = directory.file("a.txt", "one\ntwo\n");
    CHECK(lines_of(LineFile(path, cache)) == Strings{"one", "two"});
    REQUIRE(kept().size() == 1);
    std::string index = kept()[0];
    auto written = std::filesystem::last_write_time(index);
    CHECK(lines_of(LineFile(path, cache)) == Strings{"one", "two"});
    CHECK(std::filesystem::last_write_time(index) == written);

    directory.file("a.txt", "one\r\nthree\nfour");
    CHECK(lines_of(LineFile(path, cache)) == Strings{"one", "three", "four"});
    CHECK(kept().size() == 1);
    CHECK(kept()[0] != index);
    index = kept()[0];
    directory.file("a.txt", "a\r\nbcde\nfghijkl");  // as long, at another time
    std::filesystem::last_write_time(path, written + std::chrono::seconds(5));
    CHECK(lines_of(LineFile(path, cache)) == Strings{"a", "bcde", "fghijkl"});
    index = kept()[0];
    for (auto size : {std::filesystem::file_size(index) - 8, std::uintmax_t{3}}) {
      std::filesystem::resize_file(index, size);
      CHECK(lines_of(LineFile(path, cache)) == Strings{"a", "bcde", "fghijkl"});
    }
    std::string packed = directory.file("b.txt.gz", gzip("five\nsix"));
    CHECK(lines_of(LineFile(packed, cache)) == Strings{"five", "six"});
    CHECK(kept().size() == 3);  // the text, and the places of its lines
    std::string nothing = directory.file("c.txt.gz", gzip(""));
    CHECK_THROWS_WITH(LineFile(nothing, cache), Contains("c.txt.gz: what it packs is empty"));
    std::string longest = directory.file(std::string(250, 'n'), "a\nb\n");
    CHECK(lines_of(LineFile(longest, cache)) == Strings{"a", "b"});
    CHECK_THROWS_WITH(LineFile(packed, Cache("/proc/no")), Contains("--cache-dir"));
    CHECK(lines_of(LineFile(path, Cache("/proc/no"))).size() == 3);  // its places held in memory
  }

  TEST_CASE("several threads read one line file") {
    TemporaryDirectory directory;
    std::string path = directory.file("a.txt", long_text());
    LineFile file(path);
    Strings lines = read_lines(path);
    std::atomic<int64_t> wrong = 0;
    parallel_for(file.size(), 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) wrong += file.line(i) != lines[i];
    });
    CHECK(wrong == 0);
  }
}
