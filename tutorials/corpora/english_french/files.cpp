// The corpus as files.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tensor/error.h"
#include "tutorials/corpora/english_french/corpus.h"

namespace t5::corpus {
namespace {

namespace fs = std::filesystem;

// Written beside and renamed into place, so that a reader never sees half a file.
void write_part(const std::vector<Pair>& pairs, const fs::path& path) {
  fs::path beside = path;
  beside += ".part";
  std::ofstream file(beside, std::ios::binary);
  for (const Pair& pair : pairs)
    file << "translate English to French: " << pair.english << '\t' << pair.french << '\n';
  file.close();
  std::error_code problem;
  if (!file.fail()) fs::rename(beside, path, problem);
  if (file.fail() || problem) {
    std::error_code ignored;
    fs::remove(beside, ignored);
    fail("{}: cannot write", path.string());
  }
}

}  // namespace

void write_english_french(const EnglishFrench& corpus, const std::string& directory) {
  fs::path root(directory);
  std::error_code problem;
  fs::create_directories(root, problem);
  check(!problem, "{}: cannot make the directory: {}", directory, problem.message());
  write_part(corpus.train, root / "train.tsv");
  write_part(corpus.valid, root / "valid.tsv");
  write_part(corpus.test, root / "test.tsv");
  write_part(corpus.unseen, root / "unseen.tsv");
}

}  // namespace t5::corpus
