// Any example of files of examples, by its number, whatever their size: line_file.h under the rules
// of examples.h.
//
// Threads: several may read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "t5/files/cache.h"
#include "t5/text/examples.h"
#include "t5/text/line_file.h"

namespace t5 {

class ExampleFiles {
 public:
  // The files one after the other. Every line is looked at: an example that is none throws Error,
  // as for_each_example does.
  ExampleFiles(const std::vector<std::string>& files, const Cache& cache);

  int64_t size() const { return begins_.back(); }
  Example example(int64_t index) const;

  // Where example `index` stands.
  struct Place {
    std::string file;
    int64_t line;  // from 1
  };
  Place place(int64_t index) const;

  uint64_t fingerprint() const;  // of the text; see hash.h

 private:
  size_t file_of(int64_t index) const;

  std::vector<std::unique_ptr<const LineFile>> files_;
  std::vector<int64_t> begins_ = {0};  // of each file, and the end
};

}  // namespace t5
