// Any line of a text file, by its number, whatever the file's size.
//
// The file is mapped: the pages that are read are loaded, and the system drops them when it wants
// the memory. Where its lines begin is found once, by reading it through, under the rules of
// lines.h and with its messages: what is there afterwards is text in UTF-8. Of a large file these
// places, 8 bytes a line, are kept in the cache, for as long as the file has its size and time;
// where the cache cannot be written, in memory. A file that gzip or zstd has packed is unpacked, a
// large one once, into the cache.
//
// Threads: several may read.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "t5/files/cache.h"

namespace t5 {

// Above this many bytes, what is made of a file is kept.
inline constexpr size_t kLargeFile = size_t{64} << 20;
// Whether these files have more together, or a user named the cache. A pipe is never kept: it has
// no size and time.
bool is_worth_keeping(const std::vector<std::string>& files, const Cache& cache);

class LineFile {
 public:
  // Throws Error as LineReader does, for every line of the file.
  explicit LineFile(std::string path, const Cache& cache = Cache());
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;

  int64_t size() const { return std::ssize(begins_) - 1; }  // lines
  // Line number `index`, counted from 0, without its end: valid as long as the file.
  std::string_view line(int64_t index) const;
  std::string place(int64_t index) const;  // "train.tsv:17" of index 16
  const std::string& name() const { return path_; }

 private:
  void read_all(const Cache& cache);
  void index(const Cache& cache);

  std::string path_;
  std::string held_;                                         // the text, unless it is mapped
  std::shared_ptr<const MappedFile> text_map_, begins_map_;  // null: not mapped
  std::string_view text_;
  std::vector<uint64_t> held_begins_;
  std::span<const uint64_t> begins_;  // of each line, and the end of the text
};

}  // namespace t5
