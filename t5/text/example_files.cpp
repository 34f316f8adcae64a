#include "t5/text/example_files.h"

#include <algorithm>

#include "t5/files/hash.h"
#include "tensor/error.h"
#include "tensor/parallel.h"

namespace t5 {

ExampleFiles::ExampleFiles(const std::vector<std::string>& files, const Cache& cache) {
  for (const std::string& file : files) {
    files_.push_back(std::make_unique<LineFile>(file, cache));
    check_has_examples(file, files_.back()->size());
    begins_.push_back(begins_.back() + files_.back()->size());
  }
  auto look_at = [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) example(i);
  };
  try {
    parallel_for(size(), 4096, look_at);
  } catch (const Error&) {
    look_at(0, size());  // several threads may have found one: the first is told
    throw;
  }
}

size_t ExampleFiles::file_of(int64_t index) const {
  require(index >= 0 && index < size(), "example {} of {}", index, size());
  return std::upper_bound(begins_.begin(), begins_.end(), index) - begins_.begin() - 1;
}

Example ExampleFiles::example(int64_t index) const {
  size_t f = file_of(index);
  const LineFile& file = *files_[f];
  int64_t line = index - begins_[f];
  return parse_example(std::string(file.line(line)), format_of(file.name()), file.place(line));
}

ExampleFiles::Place ExampleFiles::place(int64_t index) const {
  size_t f = file_of(index);
  return {files_[f]->name(), index - begins_[f] + 1};
}

uint64_t ExampleFiles::fingerprint() const {
  uint64_t hash = 0;
  for (const auto& file : files_)
    for (int64_t i = 0; i < file->size(); ++i) hash = hash_of(file->line(i), hash);
  return hash;
}

}  // namespace t5
